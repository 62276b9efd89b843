// A message center by the npm package smpp: takes messages, prints them as lines
// of JSON, sends a receipt for each.
'use strict';
const smpp = require('smpp');

let next = 0;
const server = smpp.createServer({}, (session) => {
  session.on('error', () => {});
  session.on('bind_transceiver', (pdu) => {
    session.send(pdu.response({ command_status: pdu.password === 'secret' ? 0 : smpp.ESME_RINVPASWD }));
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => session.send(pdu.response()));
  session.on('submit_sm', (pdu) => {
    const id = `m${(next += 1)}`;
    const text = pdu.short_message;
    console.log(JSON.stringify({
      from: pdu.source_addr, to: pdu.destination_addr, validity: pdu.validity_period, coding: pdu.data_coding,
      text: text.message, header: (text.udh || []).map((e) => Buffer.from(e).toString('hex')).join(''),
    }));
    session.send(pdu.response({ message_id: id }));
    session.deliver_sm({
      esm_class: 4, source_addr: pdu.destination_addr, destination_addr: pdu.source_addr,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2611221000 done date:2611221001 stat:DELIVRD err:000 text:`,
    });
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
