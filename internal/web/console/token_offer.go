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
	add := func(list *[]offer, may staff.Permission, can bool, key, path, icon string, danger bool) {
		if can && v.s.Can(may) {
			*list = append(*list, offer{Text: v.t.T("console.do." + key + ".short"), Href: at + path, Icon: icon, Danger: danger})
		}
	}
	add(&help, staff.TokenUnlock, unlockable(x, v), "unlock", "unlock", "lock-open", false)
	add(&help, staff.TokenUnlockMore, x.UnlockBlocked, "unlock_more", "unlock/more", "lock-open", false)
	add(&help, staff.TokenResync, resyncable(x, v), "resync", "resync", "refresh-cw", false)
	add(&life, staff.TokenAssign, possible(x, device.Replace), "replace", "replace", "copy", false)
	for _, a := range lifeActs() {
		add(&life, staff.TokenAssign, possible(x, a.act), a.key, "do/"+a.key, a.icon, a.danger)
	}
	add(&life, staff.TokenAssign, nameable(x), "name", "name", "pencil", false)
	return help, life
}

// nameable reports whether somebody can have a name for the token.
func nameable(x tokenTarget) bool {
	return !x.Device.Customer.IsZero() && x.Device.Status != device.Retired
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
