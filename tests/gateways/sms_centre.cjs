// An SMS centre on loopback, by the npm package `smpp`: an implementation of SMPP that shares nothing with ours.
//
// It prints one line of JSON with its two ports and is then told what to do over HTTP: how to answer, when receipts
// come, and what a customer sends. `node sms_centre.cjs [smpp port [key file, certificate file]]`; 0 or nothing
// chooses a free port, a key and a certificate mean TLS.

const fs = require("fs");
const http = require("http");
const smpp = require("smpp");

const sessions = new Set();
const received = [];
const binds = [];
const waiting = []; // answers held back
const owed = new Set(); // delivered, and not acknowledged yet
let acknowledged = 0;
let mode = {
  answer: "ok", // ok, silent, or the number of a command_status
  receipts: "after", // none, after, before, twice
  stat: "DELIVRD",
  echo: true, // give user_message_reference back in receipts
  throttle: 0, // this many submissions are throttled first
  drop: 0, // the connection is cut at this submission
  password: "secret",
  keep: true, // keep what was received, to be asked for
  prefix: "a",
};
let taken = 0;

function receipt(pdu, id, session) {
  const stat = mode.stat;
  const text = `id:${id} sub:001 dlvrd:001 submit date:2608031000 done date:2608031000 stat:${stat} err:000 text:`;
  const answer = {
    esm_class: 4,
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    short_message: text,
    receipted_message_id: id,
    message_state: stat === "DELIVRD" ? 2 : 5,
  };
  if (mode.echo && pdu.user_message_reference !== undefined) {
    answer.user_message_reference = pdu.user_message_reference;
  }
  deliver(session, answer);
}

// Deliver something, and again with the next bind until it is acknowledged.
function deliver(session, body) {
  owed.add(body);
  session.deliver_sm({ ...body }, (told) => {
    if (told.command_status === 0) {
      owed.delete(body);
      acknowledged += 1;
    }
  });
}

function take(session, pdu) {
  taken += 1;
  if (mode.throttle > 0) {
    mode.throttle -= 1;
    session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    return;
  }
  if (mode.drop && taken >= mode.drop) {
    mode.drop = 0;
    if (mode.keep) received.push(shown(pdu, "")); // taken, and never answered
    session.socket.destroy();
    return;
  }
  if (typeof mode.answer === "number") {
    session.send(pdu.response({ command_status: mode.answer }));
    return;
  }
  const id = `${mode.prefix}${taken.toString(16)}`;
  if (mode.keep) received.push(shown(pdu, id));
  const asked = pdu.registered_delivery & 1;
  const answer = () => session.send(pdu.response({ message_id: id }));
  if (asked && mode.receipts === "before") receipt(pdu, id, session);
  if (mode.answer === "silent") {
    waiting.push(answer);
    if (asked && mode.receipts === "after") receipt(pdu, id, session);
    return;
  }
  answer();
  if (asked && mode.receipts === "after") receipt(pdu, id, session);
  if (asked && mode.receipts === "twice") {
    receipt(pdu, id, session);
    receipt(pdu, id, session);
  }
}

function shown(pdu, id) {
  let content = pdu.short_message;
  let payload = pdu.message_payload;
  if (payload !== undefined) content = payload;
  const udh = content && content.udh ? content.udh : null;
  const text = content && content.message !== undefined ? content.message : content;
  return {
    id,
    from: pdu.source_addr,
    to: pdu.destination_addr,
    text: Buffer.isBuffer(text) ? text.toString("latin1") : text,
    udh: udh ? udh.map((one) => one.toString("hex")) : [],
    data_coding: pdu.data_coding,
    registered: pdu.registered_delivery,
    reference: pdu.user_message_reference,
    payload: payload !== undefined,
    length: pdu.sm_length,
    at: Date.now(),
  };
}

const [, , port, key, certificate] = process.argv;
const tls = key ? { key: fs.readFileSync(key), cert: fs.readFileSync(certificate) } : {};
const centre = smpp.createServer(tls, (session) => {
  sessions.add(session);
  const gone = () => sessions.delete(session);
  session.on("close", gone);
  session.on("error", gone);
  session.on("bind_transceiver", (pdu) => {
    binds.push({ system_id: pdu.system_id, at: Date.now() });
    const known = pdu.password === mode.password;
    session.send(pdu.response({ command_status: known ? 0 : smpp.ESME_RINVPASWD }));
    if (known) for (const body of [...owed]) deliver(session, body);
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on("submit_sm", (pdu) => take(session, pdu));
});

const acts = {
  mode: (body) => Object.assign(mode, body),
  received: () => received,
  count: () => taken,
  binds: () => binds,
  sessions: () => sessions.size,
  answer: () => waiting.splice(0).map((one) => one()).length,
  cut: () => [...sessions].map((one) => one.socket.destroy()).length,
  deliver: (body) => [...sessions].slice(-1).map((one) => deliver(one, body)).length,
  acknowledged: () => acknowledged,
  owed: () => owed.size,
  forget: () => {
    received.length = 0;
    taken = 0;
    return true;
  },
};

const desk = http.createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    const act = acts[request.url.slice(1)];
    const said = act ? act(body ? JSON.parse(body) : {}) : null;
    response.writeHead(act ? 200 : 404, { "Content-Type": "application/json" });
    response.end(JSON.stringify(said));
  });
});

centre.listen(Number(port || 0), "127.0.0.1", () => {
  desk.listen(0, "127.0.0.1", () => {
    console.log(JSON.stringify({ smpp: centre.address().port, desk: desk.address().port }));
  });
});
process.stdin.on("end", () => process.exit(0)); // whoever started it is gone
process.stdin.resume();
