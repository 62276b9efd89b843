package console

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
)

// offer is an act that a token's page leads to.
type offer struct {
	Text   string
	Href   string
	Icon   string
	Danger bool
}

// offers lists what the visitor may do with a token in its state.
func (v *visit) offers(x tokenTarget) (help, life []offer) {
	at := x.path() + "/"
	if v.s.Can(staff.TokenUnlock) && unlockable(x, v) {
		help = append(help, offer{Text: v.t.T("console.do.unlock.short"), Href: at + "unlock", Icon: "lock-open"})
	}
	if v.s.Can(staff.TokenResync) && resyncable(x, v) {
		help = append(help, offer{Text: v.t.T("console.do.resync.short"), Href: at + "resync", Icon: "refresh-cw"})
	}
	return help, life
}

// unlockable reports whether unlock codes may be given for the token now.
func unlockable(x tokenTarget, v *visit) bool {
	return x.Device.Status == device.Active && !x.Device.Expired(v.now) && unlockKey(x) != nil
}

// unlockKey is the token's key for unlock codes; nil when it has none.
func unlockKey(x tokenTarget) *token.Key {
	i := slices.IndexFunc(x.Keys, func(k token.Key) bool { return k.Usage == token.UseUnlock })
	if i < 0 {
		return nil
	}
	return &x.Keys[i]
}

// resyncable reports whether the token can fall out of step, and be brought back.
func resyncable(x tokenTarget, v *visit) bool {
	inHand := x.Device.Status == device.Active || x.Device.Status == device.Stock
	return inHand && !x.Device.Expired(v.now) && slices.ContainsFunc(x.Keys, func(k token.Key) bool {
		return k.Usage != token.UseUnlock && (k.Counted() || k.Timed())
	})
}
