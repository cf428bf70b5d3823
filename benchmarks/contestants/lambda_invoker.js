'use strict'

// A Lambda handler around Celigo's core, as their Lambda package is one (the options are the event,
// the extension options the client context), invoked in this process as AWS's runtime client does:
// from the text of an event to the text of its answer.
//
//   node lambda_invoker.js EVENT CONTEXT INVOCATIONS
//
// After the first answer it prints that; with more invocations it then prints the nanoseconds of
// each as JSON.

const fs = require('fs')

// What is logged goes to standard error here, in place of CloudWatch.
console.log = (line) => fs.writeSync(2, line + '\n')

const path = require('path')
const { createRequire } = require('module')

const peers = createRequire(path.join(process.env.BENCHMARK_PEERS, 'package.json'))
const Extension = peers('integrator-extension')
const extension = new Extension()

// Their package loads the configuration at every call; once costs Node less.
extension.loadConfiguration({ diy: require('./functions.js') }, (error) => {
  if (error) throw error
})

const handler = (event, context, callback) =>
  extension.callFunction(event, context.clientContext, (error, result) => {
    if (error) return callback(JSON.stringify(error))
    callback(null, result)
  })

const [eventFile, contextFile, invocations] = process.argv.slice(2)
const eventText = fs.readFileSync(eventFile)
const contextText = fs.readFileSync(contextFile, 'utf8')

const invoke = (done) => {
  handler(JSON.parse(eventText), { clientContext: JSON.parse(contextText) }, (error, result) => {
    if (error) throw new Error(error)
    done(JSON.stringify(result))
  })
}

invoke((answer) => {
  fs.writeSync(1, answer + '\n')
  const taken = []
  for (let number = 0; number < Number(invocations) && Number(invocations) > 1; number++) {
    const began = process.hrtime.bigint()
    invoke(() => taken.push(Number(process.hrtime.bigint() - began)))
  }
  if (taken.length) fs.writeSync(1, JSON.stringify(taken) + '\n')
})
