// ISO 8583 by the npm package iso_8583. Reads lines of JSON and answers each with one:
//
//   {"formats": {"3": {…}}, "bitmap": "hex" | "utf8"}  how the peer writes, first of all  -> {}
//   {"pack": {"0": "0100", "3": "000000"}}               -> {"octets": "30313030…"}
//   {"unpack": "30313030…"}                              -> {"fields": {"0": "0100", …}}
//
// or with {"error": "…"}. Octets, and fields of octets, are in hexadecimal digits.
'use strict';
const readline = require('readline');
const Message = require('iso_8583');

let formats = {};
let config = {};

function answer(q) {
  if (q.formats) {
    formats = q.formats;
    config = { lenHeader: false, bitmapEncoding: q.bitmap };
    return {};
  }
  if (q.pack) {
    const octets = new Message(q.pack, formats).getRawMessage();
    return octets.error ? octets : { octets: octets.toString('hex') };
  }
  const fields = new Message(undefined, formats).getIsoJSON(Buffer.from(q.unpack, 'hex'), config);
  return fields.error ? fields : { fields };
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  let a;
  try {
    a = answer(JSON.parse(line));
  } catch (e) {
    a = { error: String(e) };
  }
  console.log(JSON.stringify(a));
});
