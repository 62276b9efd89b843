package config

import (
	"net/netip"
	"time"
)

// Config is everything that the operator decides about one node. The zero value
// is not usable; start from [Default] or [Load].
//
// Tags: key is the name in the file; default its value when nothing is said (no
// tag: empty); need marks keys without which a node cannot start, shown others that stand in the
// reference without a comment sign; example stands
// in the reference where there is no default; min, max and oneof are checked; doc
// explains. A section's tag default.x is the default of the key x in it, which lets
// several sections share one type; example.x likewise.
type Config struct {
	Origin         string         `key:"origin" need:"yes" example:"auth.bank.example" doc:"The name of this installation in its audit log. Every checkpoint carries it, so it must be the same on all nodes and never change."`
	Database       Database       `key:"database" doc:"The database: one file, or a PostgreSQL server that all nodes share."`
	Keys           Keys           `key:"keys" doc:"The key-encryption key, which opens the data keys in the database. Give either the file or the value."`
	API            Listener       `key:"api" default.address:"127.0.0.1:8081" example.url:"https://auth.bank.example" doc:"The listener for the bank's applications: the JSON API."`
	Console        Listener       `key:"console" default.address:"127.0.0.1:8082" example.url:"https://console.bank.internal" doc:"The listener for the bank's staff: the console. Keep it inside the bank's network."`
	Self           Listener       `key:"self" example.address:"127.0.0.1:8084" example.url:"https://tokens.bank.example" doc:"The listener for customers: the self-service pages, where they look after their own tokens. It is off unless it has an address."`
	Mobile         Listener       `key:"mobile" example.address:"127.0.0.1:8085" example.url:"https://mobile.bank.example" doc:"The listener for mobile tokens: their provisioning by DSKPP, their own protocol and the installable token. It is off unless it has an address. Its url is in the codes that tokens compute: do not change it while activation codes are out."`
	MSS            Listener       `key:"mss" example.address:"127.0.0.1:8086" example.url:"https://mss.bank.example" doc:"The listener for service providers that ask people for mobile signatures: ETSI TS 102 204, as SOAP and as JSON. It is off unless it has an address. Clients show their certificates to it, so TLS must end here and not at a proxy."`
	Devices        Listener       `key:"devices" example.address:"127.0.0.1:8088" example.url:"https://devices.bank.example" doc:"The listener for the devices that customers live with: sealed messages that say what they met. It is off unless it has an address. Gateways may stand in front: they see no plain text."`
	Authorization  Authorization  `key:"authorization" doc:"The listener for card networks and acquirers that ask whether payments with tokens are authorized: messages of ISO 8583 on connections that stay open. It is off unless it has an address."`
	Certificates   Listener       `key:"certificates" example.address:"127.0.0.1:8087" example.url:"http://pki.bank.example" doc:"The listener where anybody learns about certificates: revocation lists, OCSP, time-stamps and the authorities themselves. It is off unless it has an address. Its url is written into certificates, so it must stay for as long as they are valid. Plain http is usual, because all that it serves is signed."`
	Metrics        Listener       `key:"metrics" default.address:"127.0.0.1:8083" example.url:"http://node1.bank.internal:8083" doc:"The listener for monitoring: /metrics, /livez and /readyz. It has no login; keep it on loopback or inside."`
	Audit          Audit          `key:"audit" doc:"The tamper-evident audit log."`
	Webhook        Webhook        `key:"webhook" doc:"Where messages go that the bank passes on by its own ways, such as the second half of an activation code. Signed as Standard Webhooks say."`
	SMS            SMS            `key:"sms" doc:"The ways into the telephone network, tried in this order. Without any, text messages wait until they expire."`
	PKI            PKI            `key:"pki" doc:"The certificates of mobile IDs: our own authority, or another one by EST."`
	Push           Push           `key:"push" doc:"Web Push, which wakes the phones of mobile tokens. It is off unless it has a contact; phones then look into their inbox when they are opened."`
	Risk           Risk           `key:"risk" doc:"The risk engine. Rules and lists are in the database."`
	Providers      Providers      `key:"providers" doc:"How service providers are met. Who they are is in the database: countersign provider."`
	Limits         Limits         `key:"limits" doc:"How much one node takes on."`
	Log            Log            `key:"log" doc:"The log on standard error."`
	TrustedProxies []netip.Prefix `key:"trusted_proxies" example:"10.0.0.0/8" doc:"Networks of the proxies in front. Only from these is the X-Forwarded-For header believed; from anyone else the connection's own address counts."`
}

// Database says which database to use and how many connections to it.
type Database struct {
	DSN        Secret        `key:"dsn" need:"yes" example:"sqlite:countersign.db" doc:"sqlite:PATH, or postgres://USER:PASSWORD@HOST/NAME?sslmode=verify-full."`
	GroupSize  int           `key:"group_size" default:"64" min:"1" max:"1000" doc:"How many verifications may share one commit. 1 on a distributed database."`
	Committers int           `key:"committers" default:"0" min:"0" max:"100" doc:"PostgreSQL connections that commit groups. 0 chooses a number that suits the group size."`
	Writers    int           `key:"writers" default:"4" min:"1" max:"100" doc:"PostgreSQL connections for other writing."`
	Readers    int           `key:"readers" default:"4" min:"1" max:"100" doc:"Connections for reading."`
	Queue      int           `key:"queue" default:"1024" min:"1" max:"1048576" doc:"How many verifications and writes may be under way at once; later ones wait outside."`
	Patience   time.Duration `key:"patience" default:"30s" min:"1s" max:"10m" doc:"How long a statement may take before its connection counts as lost."`
}

// Keys says where the key-encryption key is.
type Keys struct {
	File  string `key:"file" shown:"yes" example:"countersign.key" doc:"The key file that \"countersign keys init\" makes, readable by its owner only. Back it up apart from the database: without it nothing sealed can be opened."`
	Value Secret `key:"value" doc:"Instead of the file: 32 bytes in base64; when keys change, the new and the old ones separated by commas. Meant for the environment or value_file, not for this file."`
}

// TLS names the files of a listener's certificate.
type TLS struct {
	Certificate string `key:"certificate" doc:"PEM file with the certificate, followed by its intermediates."`
	Key         string `key:"key" doc:"PEM file with the private key."`
}

// Listener is an address to listen on and how it is reached.
type Listener struct {
	Address   string `key:"address" doc:"Address and port; :8443 listens on all addresses; empty switches the listener off."`
	URL       string `key:"url" doc:"The address by which callers know this listener. By default it follows from address and TLS."`
	TLS       TLS    `key:"tls" doc:"With both files the listener speaks HTTPS."`
	PlainHTTP bool   `key:"plain_http" default:"false" doc:"Allow plain HTTP on an address that other machines can reach, because a proxy in front ends TLS."`
}

// Audit says how the log is protected outside the database.
type Audit struct {
	Anchor string `key:"anchor" default:"countersign.anchor" doc:"A file of this node that keeps the newest checkpoint of the log. It shows when a database was restored or cut off, so it must not lie on the database's disk or in its backup."`
}

// Webhook says where the bank's systems take messages.
type Webhook struct {
	URL      string `key:"url" doc:"The address, such as https://bank.internal/hooks/countersign; give webhook.secret with it. Without it split activation codes cannot be delivered, and their messages wait."`
	Secret   Secret `key:"secret" doc:"whsec_ and 24 to 64 random bytes in base64, which the receiver knows too."`
	Previous Secret `key:"previous_secret" doc:"The secret before, while receivers change over: messages are then signed with both."`
	Private  bool   `key:"private" default:"false" doc:"Allow addresses of private networks."`
	Loopback bool   `key:"loopback" default:"false" doc:"Allow addresses of this machine, also by plain http."`
}

// Push says how the phones of mobile tokens are woken.
type Push struct {
	Contact  string        `key:"contact" example:"mailto:it@bank.example" doc:"A mailto: or https: address where the makers of browsers reach somebody when pushes give trouble. Some refuse every push without a real one."`
	Services string        `key:"services" default:"fcm.googleapis.com,updates.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com" doc:"Hosts of the push services that phones may name, separated by commas: NAME, *.NAME for all below it, NAME:PORT. Let the node reach these through the firewall, and no others."`
	Timeout  time.Duration `key:"timeout" default:"10s" min:"1s" max:"30s" doc:"How long to wait for the answer of a push service."`
	Loopback bool          `key:"loopback" default:"false" doc:"Allow push services on this machine, also by plain http. For tests and demonstrations: phones could name any program that listens here."`
}

// Providers says how service providers are met on the listener mss, and called back.
type Providers struct {
	ID       string        `key:"id" example:"https://mss.bank.example" doc:"The URI by which answers name this service (MSSP_ID). By default the url of the listener mss."`
	ClientCA string        `key:"client_ca" doc:"PEM file with the authorities of client certificates: others are refused before anything is read. By default any certificate is taken and compared, by its public key, with the one that is registered for the provider."`
	CA       string        `key:"ca" doc:"PEM file with the authority of the providers' own servers, where notifications go; by default the system's authorities."`
	Timeout  time.Duration `key:"timeout" default:"10s" min:"1s" max:"30s" doc:"How long to wait for the answer to a notification."`
	Private  bool          `key:"private" default:"false" doc:"Allow notifications to registered addresses in private networks."`
	Loopback bool          `key:"loopback" default:"false" doc:"Allow notifications to registered addresses on this machine, also by plain http. For demonstrations."`
}

// Risk says what the risk engine works with on this node.
type Risk struct {
	Places  string `key:"places" example:"city.mmdb" doc:"Files in the MaxMind DB format, such as one of cities and one of networks; separate several by commas. Without any, no place is known, and rules about places do not fire."`
	Zone    string `key:"zone" default:"UTC" doc:"The bank's time zone by its IANA name, such as Europe/Oslo: rules about hours are meant there."`
	Preset  string `key:"preset" default:"balanced" oneof:"balanced strict lenient" doc:"The rules until the bank puts some of its own in force: balanced, strict or lenient."`
	Reports int    `key:"reports" default:"1000" min:"1" max:"100000" doc:"How many reports of the probe one source address may send in a second, on average; five seconds' worth may come at once, and what is more is refused with status 429. Name the bank's servers in trusted_proxies, so that the customers' own addresses count."`
}

// SMS names the gateways for text messages.
type SMS struct {
	First  Gateway     `key:"first" doc:"The gateway that is asked first."`
	Second Gateway     `key:"second" doc:"The gateway that is asked when the first does not take a message."`
	HTTP   HTTPGateway `key:"http" doc:"A service that takes messages as signed JSON; it is asked when no center took a message."`
}

// HTTPGateway is a service that takes text messages over HTTP.
type HTTPGateway struct {
	URL      string `key:"url" doc:"The address, such as https://sms.bank.internal/send; give sms.http.secret with it. Receipts come to /hooks/sms/http on the API's listener."`
	Secret   Secret `key:"secret" doc:"whsec_ and 24 to 64 random bytes in base64, which the service knows too. Messages and receipts are signed with it."`
	Previous Secret `key:"previous_secret" doc:"The secret before, while the service changes over."`
}

// Gateway is a message center that is reached by SMPP 3.4.
type Gateway struct {
	URL          string        `key:"url" doc:"smpps://HOST:PORT for TLS, such as smpps://smsc.carrier.example:3550, or smpp://HOST:PORT, which sends texts and password in the clear and is for private lines."`
	CA           string        `key:"ca" doc:"PEM file with the authority that signed the center's certificate; by default the system's authorities."`
	SystemID     string        `key:"system_id" doc:"The name that the carrier gave the bank, at most 15 characters."`
	Password     Secret        `key:"password" doc:"The password that goes with it, at most 8 characters."`
	SystemType   string        `key:"system_type" doc:"What the carrier asks for, mostly nothing."`
	Source       string        `key:"source" doc:"The sender that phones show: a name of up to 11 characters, a short code, or a number with +."`
	Cards        string        `key:"cards" doc:"The number with +, or the short code, from which packets go to SIM cards of mobile IDs through this center, and to which cards answer. It must not be the source. By default the center carries no packets to cards."`
	CardReceipts string        `key:"card_receipts" default:"marked" oneof:"marked text" doc:"What counts as a receipt of a packet to a card: marked (by esm_class or receipted_message_id), or text besides, for a center that marks receipts in no way. Any phone can write a text that looks like a receipt, and so end a request."`
	CountryCode  string        `key:"country_code" example:"47" doc:"Country code of phones whose numbers this center writes in their national form; by default it is expected to write them with their country code."`
	Binds        string        `key:"binds" default:"transceiver" oneof:"transceiver separate" doc:"How sessions are bound: transceiver, which sends and receives, or separate, for a center that knows only transmitters and receivers: receipts come over one more session then."`
	Sessions     int           `key:"sessions" default:"1" min:"1" max:"20" doc:"Sessions at once of this node that send; carriers limit them."`
	Window       int           `key:"window" default:"10" min:"1" max:"1000" doc:"Messages of a session that may be unanswered at once; carriers limit them."`
	Timeout      time.Duration `key:"timeout" default:"10s" min:"1s" max:"40s" doc:"How long to wait for an answer of the center."`
	Enquire      time.Duration `key:"enquire" default:"30s" min:"1s" max:"10m" doc:"After how much silence to ask whether the center is still there."`
	MessageIDs   string        `key:"message_ids" default:"same" oneof:"same hex_then_decimal decimal_then_hex" doc:"How the center writes a message's id in its answer and in the receipt: same, hex_then_decimal or decimal_then_hex. When it is wrong, messages stay \"sent\" though they arrive."`
	LongTexts    string        `key:"long_texts" default:"header" oneof:"header sar payload" doc:"How the center takes texts that need several messages: header (user data header), sar (sar_* parameters) or payload (message_payload)."`
}

// Limits bound what one node takes on.
type Limits struct {
	Body            Size          `key:"body" default:"64KiB" min:"16KiB" max:"1MiB" doc:"The largest body of a request, on every listener; a request with a larger one is refused with status 413. Imports, and documents in the console, have limits of their own."`
	Import          Size          `key:"import" default:"2GiB" min:"1MiB" max:"64GiB" doc:"The largest file of tokens that may be uploaded."`
	Provisioning    int           `key:"provisioning" default:"50" min:"1" max:"100000" doc:"How many provisioning messages one source address may send in a second, on average; five seconds' worth may come at once, and what is more is refused with status 403. Carriers put many phones behind one address."`
	Connections     int           `key:"connections" default:"4096" min:"16" max:"1000000" doc:"Connections at once on each listener; later ones wait."`
	HeaderTimeout   time.Duration `key:"header_timeout" default:"5s" min:"1s" max:"1m" doc:"How long a client may take to send the headers of a request."`
	RequestTimeout  time.Duration `key:"request_timeout" default:"30s" min:"1s" max:"50s" doc:"How long a request may take altogether, below the minute for which an idempotency key is reserved; imports have transfer_timeout instead."`
	AnswerTimeout   time.Duration `key:"answer_timeout" default:"30s" min:"1s" max:"10m" doc:"How long a client may take to read an answer, beyond request_timeout; then it is cut off."`
	TransferTimeout time.Duration `key:"transfer_timeout" default:"1h" min:"1m" max:"24h" doc:"How long an import may take altogether, and the download of its report. Both end sooner when the other side does not move for as long as request_timeout."`
	IdleTimeout     time.Duration `key:"idle_timeout" default:"2m" min:"1s" max:"1h" doc:"How long a connection may stay open between requests."`
	Grace           time.Duration `key:"grace" default:"20s" min:"1s" max:"10m" doc:"How long a stopping node waits for requests under way."`
}

// Log says what is logged and how.
type Log struct {
	Level  string `key:"level" default:"info" oneof:"debug info warn error" doc:"The least important level that is written: debug, info, warn or error."`
	Format string `key:"format" default:"json" oneof:"json text" doc:"json for machines, text for people."`
}
