// S3's API on a free loopback port, objects in the folder of the first argument. Ignores conditions, as OBS does.
// Prints the port; ends when its standard input does.
'use strict'
const S3rver = require('s3rver')
const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory: process.argv[2],
  vhostBuckets: false,
})
server.run().then((address) => console.log(address.port))
process.stdin.resume().on('end', () => process.exit(0))
