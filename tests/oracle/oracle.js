'use strict'

// Asks the Node packages' core, for the tests beside this file. One JSON object a line comes in
// on standard input, one a line goes out:
//
//   {"do": "call", "configuration": "diy" | "connectors", "text": <JSON of a request body>}
//     -> {"status": 200, "text": <JSON of the answer>} or {"status": 422, "errors": [...]}
//   {"do": "length", "text": <JSON>}   -> its length as JSON.stringify writes it
//   {"do": "boolean" | "string" | "date", "text": <JSON>}   -> Boolean, String or Date of it
//
// The first line out lists the names that JavaScript's own objects carry.

const readline = require('readline')
const Extension = require('integrator-extension')

const answer = (value) => process.stdout.write(JSON.stringify(value) + '\n')
console.log = () => {} // the core logs there; standard output is ours

// The functions are the same as in mirror.py, on any options whatever.
const field = (options, name) =>
  options !== null && typeof options === 'object' && !Array.isArray(options) &&
  Object.prototype.hasOwnProperty.call(options, name) ? options[name] : null

const describe = (value) => value instanceof Date ? { epochMs: value.getTime() } : { value }

const functions = {
  echo: (options, callback) => callback(null, options),
  resp: (options, callback) => callback(null, field(options, 'resp')),
  twice: (options, callback) => callback(null, [field(options, 'resp'), field(options, 'resp')]),
  dates: (options, callback) => callback(null, {
    last: describe(field(options, 'lastExportDateTime')),
    current: describe(field(options, 'currentExportDateTime'))
  }),
  fail: (options, callback) => {
    const message = field(options, 'message')
    const name = field(options, 'name')
    const error = new Error(typeof message === 'string' ? message : '')
    if (typeof name === 'string') error.name = name
    error.code = field(options, 'code')
    callback(error)
  },
  failWith: (options, callback) => callback(field(options, 'error'), 'value')
}

const module_ = {
  hooks: functions,
  wrappers: { where: (options, callback) => callback(null, 'wrappers'), ...functions },
  settings: { where: (options, callback) => callback(null, 'settings') },
  utilities: { where: (options, callback) => callback(null, 'utilities') },
  installer: { where: (options, callback) => callback(null, 'installer') },
  uninstaller: {},
  extras: functions,
  topLevel: (options, callback) => callback(null, 'top level'),
  ...functions,
  version: 'abc',
  count: 3,
  nothing: null,
  off: false,
  items: [1, 2]
}

const configurations = {
  diy: { diy: module_ },
  connectors: { connectors: { main: module_, flat: functions, empty: {}, 42: module_ } }
}

const extension = new Extension()

const call = ({ configuration, text }) => {
  extension.loadConfiguration(configurations[configuration], () => {})
  const body = JSON.parse(text)
  let answered = false
  extension.callFunction(body.options, body, (error, result) => {
    answered = true
    if (error) answer({ status: error.statusCode, errors: error.errors })
    else answer({ status: 200, text: JSON.stringify(result) })
  })
  if (!answered) answer({ status: 'none' })
}

const tasks = {
  call,
  length: ({ text }) => answer(JSON.stringify(JSON.parse(text)).length),
  boolean: ({ text }) => answer(Boolean(JSON.parse(text))),
  string: ({ text }) => answer(String(JSON.parse(text))),
  date: ({ text }) => answer(new Date(JSON.parse(text)).getTime()) // NaN is written as null
}

const own = [Object, Function, String, Number, Boolean, Array]
answer([...new Set(own.flatMap((one) => Object.getOwnPropertyNames(one.prototype)))])

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const task = JSON.parse(line)
  try {
    tasks[task.do](task)
  } catch (error) {
    answer({ status: 'thrown', message: String(error) })
  }
})
