'use strict'

// The extension functions of the Node contestants: the same as in functions.py.

const timers = require('timers/promises')

const each = (records) => records.map((record) => ({ data: record }))

const addRegion = (options, callback) =>
  callback(null, options.data.map((record) => ({ data: { ...record, region: 'EU' } })))

const sleep = (options, callback) => {
  setTimeout(() => callback(null, each(options.data)), 1000)
}

const sleepAsync = (options, callback) => {
  timers.setTimeout(1000).then(() => callback(null, each(options.data)), callback)
}

// Keeps the core busy for so long, by the clock of this process's CPU time.
const burn = (options, callback) => {
  const spent = () => {
    const usage = process.cpuUsage()
    return usage.user + usage.system
  }
  const end = spent() + 20000
  while (spent() < end);
  callback(null, each(options.data))
}

module.exports = { hooks: { addRegion, sleep, sleepAsync, burn } }
