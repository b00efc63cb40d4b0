// Carts on Fastify and ioredis: node fastify.js <port> <port of Redis> <processes>
'use strict'
const cluster = require('node:cluster')
const [port, redisPort, processes] = process.argv.slice(2).map(Number)
const week = 7 * 24 * 3600

function serve() {
  const app = require('fastify')()
  const redis = new (require('ioredis'))({ port: redisPort, enableAutoPipelining: true })
  const answer = (id, lines, details) => ({
    id,
    items: Object.entries(lines).map(([sku, quantity]) => ({
      sku, quantity: Number(quantity), ...JSON.parse(details?.[sku] ?? '{}'),
    })),
  })
  const details = ({ kind, id }) => (kind === 'detailed' ? redis.hgetall(`fastify:details:${id}`) : undefined)

  app.post('/:kind/carts/:id/items', async ({ params, body }) => {
    const key = `fastify:${params.id}`
    const [, , lines, its] = await Promise.all([
      redis.hincrby(key, body.sku, body.quantity), redis.expire(key, week), redis.hgetall(key), details(params),
    ])
    return answer(params.id, lines, its)
  })
  app.get('/:kind/carts/:id', async ({ params }) => {
    const [lines, its] = await Promise.all([redis.hgetall(`fastify:${params.id}`), details(params)])
    return answer(params.id, lines, its)
  })
  app.listen({ port, host: '127.0.0.1' })
}

if (cluster.isPrimary) {
  for (let i = 0; i < processes; ++i) cluster.fork()
  cluster.on('exit', () => process.exit(1))
} else {
  serve()
}
