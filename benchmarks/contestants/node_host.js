'use strict'

// A host of our own around Celigo's core package that does what Celigo's Express package does, as
// its answers and log lines were recorded: the routes of calls and probes, the token in the header,
// the body or the query, bodies of up to 50 MB, callFunction, res.json and the two log lines of a
// call. The core prints the first one by itself; the second comes from express-winston and winston,
// as in Celigo's package, or is written by hand, which costs Node about half. Express is left with
// its default settings, ETag included.
//
//   node node_host.js PORT WORKERS winston|by-hand
//   (INTEGRATOR_EXTENSION_SYSTEM_TOKEN in the environment)

const cluster = require('cluster')
const path = require('path')
const { createRequire } = require('module')

const port = Number(process.argv[2])
const workers = Number(process.argv[3])
const byHand = process.argv[4] === 'by-hand'

const serve = () => {
  // The packages are installed outside of the repository.
  const peers = createRequire(path.join(process.env.BENCHMARK_PEERS, 'package.json'))
  const express = peers('express')
  const bodyParser = peers('body-parser')
  const Extension = peers('integrator-extension')

  const token = process.env.INTEGRATOR_EXTENSION_SYSTEM_TOKEN
  const extension = new Extension()
  extension.loadConfiguration({ diy: require('./functions.js') }, (error) => {
    if (error) throw error
  })

  // Those that log every request but the probes.
  const logged = () => {
    if (byHand) {
      return (req, res, next) => {
        const began = Date.now()
        res.on('finish', () => {
          const id = req.requestId ? `, _reqId=${req.requestId}` : ''
          process.stdout.write(`info: logName=reqFinished, method=${req.method}, ` +
            `url=${req.originalUrl}, statusCode=${res.statusCode}, ` +
            `responseTime=${Date.now() - began}ms${id}, traceId=${req.headers.traceid || ''}\n`)
        })
        next()
      }
    }
    return peers('express-winston').logger({
      winstonInstance: peers('winston'),
      meta: false,
      msg: 'logName=reqFinished, method={{req.method}}, url={{req.url}}, ' +
        'statusCode={{res.statusCode}}, responseTime={{res.responseTime}}ms' +
        '{{req.requestId ? ", _reqId=" + req.requestId : ""}}, traceId={{req.headers.traceid || ""}}'
    })
  }

  const requestId = () =>
    Date.now() + Math.floor(Math.random() * 36 ** 4).toString(36).padStart(4, '0')

  const authenticate = (req, res, next) => {
    const parts = (req.headers.authorization || '').split(' ')
    const given = req.headers.authorization
      ? (parts.length === 2 && /^Bearer$/i.test(parts[0]) ? parts[1] : undefined)
      : (req.body && req.body.access_token) || req.query.access_token
    if (given === token) return next()
    res.set('WWW-Authenticate', 'invalid system token')
    res.status(401).json({ errors: [{ message: 'Invalid system token.', code: 'unauthorized' }] })
  }

  const app = express()
  const log = logged()
  app.use((req, res, next) => {
    if (req.path === '/livez' || req.path === '/readyz') return next()
    if (req.method === 'POST' && req.path === '/function') req.requestId = requestId()
    log(req, res, next)
  })
  app.use(bodyParser.json({ limit: 52428800 }))

  const healthy = (req, res) => res.json({ success: true })
  app.get('/', healthy)
  app.get('/healthcheck', healthy)
  app.get(['/livez', '/readyz'], (req, res) => res.type('text/plain').send('OK'))

  app.post('/function', authenticate, (req, res) => {
    req.body._reqId = req.requestId
    req.body.traceId = req.headers.traceid
    // One interim answer keeps the caller waiting, as integrator.io's load balancers need it.
    const processing = setTimeout(() => res.writeProcessing(), 270000)
    extension.callFunction(req.body.options, req.body, (error, result) => {
      clearTimeout(processing)
      if (error) return res.status(error.statusCode).json({ errors: error.errors })
      res.json(result)
    })
  })

  const server = app.listen(port, '127.0.0.1')
  server.timeout = 315000
  server.keepAliveTimeout = 301000
  server.headersTimeout = 305000
}

if (workers > 1 && cluster.isPrimary) {
  for (let worker = 0; worker < workers; worker++) cluster.fork()
  process.on('SIGTERM', () => process.exit(0))
} else {
  serve()
}
