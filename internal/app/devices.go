package app

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/deviceserver"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// gatewayRate bounds the requests of one address: all devices of a network, or of a gateway, share one.
var gatewayRate = client.Rate{PerSecond: 5000, Burst: 10_000}

const (
	recipientsEvery = time.Hour // how soon a key is made that is due, and one destroyed that is over
	devicesAtOnce   = 256       // messages that are worked on at a time
)

// addRecipients opens the keys to which devices seal, and keeps them turning.
func (a *App) addRecipients() {
	a.Recipients = &companion.Recipients{DB: a.DB, Ring: a.Ring, Rand: a.Rand, Now: a.Now}
	a.Interactions.Asked = a.Companions.Answered
	if a.Config.Devices.Address == "" {
		return
	}
	a.background = append(a.background, func(ctx context.Context) {
		a.every(ctx, recipientsEvery, "turn the keys of devices", a.Recipients.Turn)
	})
}

// devices is the face of the devices that customers live with.
func (a *App) devices() (http.Handler, error) { return a.deviceServer(newDeviceObserver(a.Metrics)) }

// deviceServer answers devices, and lets observe hear of each message.
func (a *App) deviceServer(observe func(kind, outcome string, took time.Duration)) (http.Handler, error) {
	return deviceserver.New(deviceserver.Config{
		Companions: a.Companions, Recipients: a.Recipients, Interactions: a.Interactions, Wallets: a.Wallets, Pushes: a.Pushes, Sources: client.NewLimiter(a.Now, gatewayRate),
		Now: a.Now, Log: a.Log, Proxies: a.Config.TrustedProxies, Room: devicesAtOnce, Observe: observe,
	})
}

// newDeviceObserver counts the messages of devices.
func newDeviceObserver(m *telemetry.Metrics) func(kind, outcome string, took time.Duration) {
	outcomes := m.Counter("countersign_companion_messages_total", "Messages of devices by kind and outcome: done, repeated, enrolled, or the code of what they were refused with.", "kind", "outcome")
	durations := m.Durations("countersign_companion_duration_seconds", "How long messages of devices took.", "kind")
	return func(kind, outcome string, took time.Duration) {
		outcomes.Add(1, kind, outcome)
		durations.Observe(took, kind)
	}
}
