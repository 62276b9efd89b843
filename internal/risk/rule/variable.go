package rule

import (
	"cel.dev/cel-go/cel"

	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Variable is what a condition may ask about.
type Variable struct {
	Name string
	Type string // "string", "int", "double", "bool", "list(string)"
	Text string // what it is, in English

	get func(*score.Facts) any
}

// Variables lists all variables by name of their groups.
func Variables() []Variable {
	return []Variable{
		{"event.kind", "string", "session, payment, action or visit", func(f *score.Facts) any { return f.Kind }},
		{"event.type", "string", "type of the payment or action", func(f *score.Facts) any { return f.Type }},
		{"event.channel", "string", "channel of the bank's application", func(f *score.Facts) any { return f.Channel }},
		{"event.hour", "int", "hour of the bank's day, 0 to 23", func(f *score.Facts) any { return int64(f.Hour) }},
		{"event.weekday", "int", "day of the week, Sunday is 0", func(f *score.Facts) any { return int64(f.Weekday) }},
		{"user.known", "bool", "has a history", func(f *score.Facts) any { return f.Known }},
		{"user.logins", "int", "logins that count, at most 100", func(f *score.Facts) any { return int64(f.Logins) }},
		{"user.idle_days", "double", "days since the last event that ended well; 0 without one", func(f *score.Facts) any { return f.IdleDays }},
		{"user.failures", "double", "rejected events, decayed with a half-life of a day", func(f *score.Facts) any { return f.Failures }},
		{"user.changed_hours", "double", "hours since phone, password or device were changed; 0 for never", func(f *score.Facts) any { return f.Changed }},
		{"network.country", "string", "country of the address, two letters; empty for unknown", func(f *score.Facts) any { return f.Row[2] }},
		{"network.system", "string", "number of the autonomous system; empty for unknown", func(f *score.Facts) any { return f.Row[1] }},
		{"network.new_address", "bool", "the customer never came from this address", func(f *score.Facts) any { return f.NewAddress }},
		{"network.new_system", "bool", "nor from this autonomous system", func(f *score.Facts) any { return f.NewNetwork }},
		{"network.new_country", "bool", "nor from this country", func(f *score.Facts) any { return f.NewCountry }},
		{"place.km", "double", "distance from the last place", func(f *score.Facts) any { return f.TravelKM }},
		{"place.speed", "double", "km/h needed from the last place; 0 within 100 km or unknown", func(f *score.Facts) any { return f.TravelSpeed }},
		{"agent.browser", "string", "browser and version", func(f *score.Facts) any { return f.Row[4] }},
		{"agent.system", "string", "operating system and version", func(f *score.Facts) any { return f.Row[5] }},
		{"agent.device", "string", "desktop, mobile, tablet, bot or unknown", func(f *score.Facts) any { return f.Row[6] }},
		{"agent.new", "bool", "the customer never had this agent", func(f *score.Facts) any { return f.NewAgent }},
		{"device.new", "bool", "the customer never had this device's tag", func(f *score.Facts) any { return f.NewDevice }},
		{"device.tagged", "bool", "the device has a tag", func(f *score.Facts) any { return f.Tag != "" }},
		{"probe.signals", "list(string)", "signals of the probe", func(f *score.Facts) any { return f.Signals }},
		{"list.hits", "list(string)", "entries that were hit, such as watch.address", func(f *score.Facts) any { return f.Lists }},
		{"session.minutes", "double", "minutes since the session began; 0 without one", func(f *score.Facts) any { return f.SessionMin }},
		{"session.score", "int", "score of the session, 0 to 1000", func(f *score.Facts) any { return int64(f.SessionSum) }},
		{"payment.amount", "double", "in major units of the currency", func(f *score.Facts) any { return f.Amount }},
		{"payment.currency", "string", "ISO 4217", func(f *score.Facts) any { return f.Currency }},
		{"payment.batch", "int", "payments that are signed together", func(f *score.Facts) any { return int64(f.Batch) }},
		{"payment.own", "bool", "to an account of the customer's own", func(f *score.Facts) any { return f.Own }},
		{"payment.usual", "double", "amount over the customer's usual one; 0 for unknown", func(f *score.Facts) any { return f.Usual }},
		{"payment.day_count", "double", "payments of the customer, decayed with a half-life of a day", func(f *score.Facts) any { return f.DayCount }},
		{"payment.day_amount", "double", "what they were worth", func(f *score.Facts) any { return f.DayAmount }},
		{"payee.new", "bool", "never paid by the customer", func(f *score.Facts) any { return f.NewPayee }},
		{"payee.country", "string", "country of the payee's account, two letters", func(f *score.Facts) any { return f.PayeeIn }},
		{"payee.payers", "double", "payments to the payee by anybody, decayed by a month", func(f *score.Facts) any { return f.Payers }},
		{"payee.fresh", "double", "customers who paid it for the first time, decayed by a day", func(f *score.Facts) any { return f.Fresh }},
		{"payee.frauds", "double", "confirmed frauds to the payee", func(f *score.Facts) any { return f.Frauds }},
	}
}

// celType returns the type of a variable for the checker.
func (v Variable) celType() *cel.Type {
	switch v.Type {
	case "string":
		return cel.StringType
	case "int":
		return cel.IntType
	case "double":
		return cel.DoubleType
	case "bool":
		return cel.BoolType
	}
	return cel.ListType(cel.StringType)
}

// activation lets conditions read facts.
type activation struct {
	facts *score.Facts
	get   map[string]func(*score.Facts) any
}

// ResolveName returns the value of a variable.
func (a *activation) ResolveName(name string) (any, bool) {
	if get := a.get[name]; get != nil {
		return get(a.facts), true
	}
	return nil, false
}

// Parent returns nothing: there are no other variables.
func (a *activation) Parent() cel.Activation { return nil }
