// A message center by the npm package smpp with a SIM card behind it: prints the binary messages that
// come as lines of JSON, and answers the last part of each packet with the messages that it was
// given in hexadecimal, the last one first, without saying that they have a header.
'use strict';
const smpp = require('smpp');

const answers = process.argv.slice(2).map((hex) => Buffer.from(hex, 'hex'));
const server = smpp.createServer({}, (session) => {
  session.on('error', () => {});
  session.on('bind_transceiver', (pdu) => session.send(pdu.response()));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => session.send(pdu.response()));
  session.on('submit_sm', (pdu) => {
    const elements = pdu.short_message.udh || [];
    console.log(JSON.stringify({
      from: pdu.source_addr, to: pdu.destination_addr, esm: pdu.esm_class, pid: pdu.protocol_id, coding: pdu.data_coding, validity: pdu.validity_period, receipt: pdu.registered_delivery,
      header: elements.map((e) => Buffer.from(e).toString('hex')), body: Buffer.from(pdu.short_message.message).toString('hex'),
    }));
    session.send(pdu.response({ message_id: 'c1' }));
    const part = elements.map((e) => Buffer.from(e)).find((e) => e[0] === 0);
    if (part && part[4] !== part[3]) return;
    session.deliver_sm({
      esm_class: 4, source_addr: pdu.destination_addr, destination_addr: pdu.source_addr,
      short_message: 'id:c1 sub:001 dlvrd:001 submit date:2611221000 done date:2611221001 stat:DELIVRD err:000 text:',
    });
    for (const b of [...answers].reverse()) {
      session.deliver_sm({ esm_class: 0, protocol_id: 0x7f, data_coding: 0xf6, source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, short_message: b });
    }
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
