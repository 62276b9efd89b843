// A client by the npm package smpp: binds, sends two texts, prints responses and
// receipts as lines of JSON, unbinds.
'use strict';
const smpp = require('smpp');

const session = smpp.connect({ url: `smpp://127.0.0.1:${process.argv[2]}` }, () => {
  session.bind_transceiver({ system_id: 'node', password: 'secret' }, (bound) => {
    console.log(JSON.stringify({ bound: bound.command_status, center: bound.system_id }));
    session.enquire_link({}, (alive) => console.log(JSON.stringify({ alive: alive.command_status })));
    // By itself the package writes the GSM alphabet and calls it IA5 (data_coding 1).
    for (const [text, coding] of [['Hello € [you]', 0], ['Привет', 8]]) {
      session.submit_sm({ destination_addr: '4791234567', source_addr: 'Node', registered_delivery: 1, data_coding: coding, short_message: text },
        (sent) => console.log(JSON.stringify({ sent: sent.command_status, id: sent.message_id })));
    }
  });
});
let receipts = 0;
session.on('deliver_sm', (pdu) => {
  session.send(pdu.response());
  console.log(JSON.stringify({ receipt: pdu.receipted_message_id, state: pdu.message_state, text: pdu.short_message.message }));
  receipts += 1;
  if (receipts === 2) {
    session.unbind({}, () => session.close());
  }
});
session.on('error', (e) => { console.log(JSON.stringify({ error: String(e) })); process.exit(1); });
