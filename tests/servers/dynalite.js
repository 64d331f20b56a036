// DynamoDB's API on a free loopback port, in memory. Prints the port; ends when its standard input does.
'use strict'
const server = require('dynalite')({ createTableMs: 0, deleteTableMs: 0 })
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.resume().on('end', () => process.exit(0))
