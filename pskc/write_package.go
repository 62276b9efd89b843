package pskc

import (
	"math"
	"strconv"
)

// pkg writes a key package on a line of its own; the order is the schema's.
func (w *Writer) pkg(p *KeyPackage) {
	w.raw("<KeyPackage>")
	w.device(&p.Device)
	if p.CryptoModuleID != "" {
		w.raw("<CryptoModuleInfo>")
		w.leaf("Id", p.CryptoModuleID)
		w.raw("</CryptoModuleInfo>")
	}
	w.key(&p.Key)
	w.raw("</KeyPackage>\n")
}

func (w *Writer) device(d *Device) {
	if *d == (Device{}) {
		return
	}
	w.raw("<DeviceInfo>")
	w.leaf("Manufacturer", d.Manufacturer)
	w.leaf("SerialNo", d.SerialNo)
	w.leaf("Model", d.Model)
	w.leaf("IssueNo", d.IssueNo)
	w.leaf("DeviceBinding", d.DeviceBinding)
	w.date("StartDate", d.StartDate)
	w.date("ExpiryDate", d.ExpiryDate)
	w.leaf("UserId", d.UserID)
	w.raw("</DeviceInfo>")
}

func (w *Writer) key(k *Key) {
	w.raw("<Key")
	w.attr("Id", k.ID)
	w.attr("Algorithm", k.Algorithm)
	w.raw(">")
	w.leaf("Issuer", k.Issuer)
	w.parameters(k)
	w.leaf("KeyProfileId", k.ProfileID)
	w.leaf("KeyReference", k.Reference)
	if k.FriendlyName != "" {
		w.raw("<FriendlyName")
		if k.FriendlyNameLang != "en" { // the default; the schema knows no xml:lang
			w.attr("xml:lang", k.FriendlyNameLang)
		}
		w.raw(">")
		w.escaped(k.FriendlyName)
		w.raw("</FriendlyName>")
	}
	w.data(k)
	w.leaf("UserId", k.UserID)
	w.policy(&k.Policy)
	w.raw("</Key>")
}

func (w *Writer) parameters(k *Key) {
	suite := k.writtenSuite()
	if suite == "" && k.Challenge == nil && k.Response == nil {
		return
	}
	w.raw("<AlgorithmParameters>")
	w.leaf("Suite", suite)
	if f := k.Challenge; f != nil {
		w.raw("<ChallengeFormat")
		w.attr("Encoding", string(f.Encoding))
		w.attr("Min", strconv.Itoa(f.Min))
		w.attr("Max", strconv.Itoa(f.Max))
		w.checkDigit(f.CheckDigit)
	}
	if f := k.Response; f != nil {
		w.raw("<ResponseFormat")
		w.attr("Encoding", string(f.Encoding))
		w.attr("Length", strconv.Itoa(f.Length))
		w.checkDigit(f.CheckDigit)
	}
	w.raw("</AlgorithmParameters>")
}

func (w *Writer) checkDigit(on bool) {
	if on {
		w.attr("CheckDigits", "true") // as the schema spells it
	}
	w.raw("/>")
}

// writtenSuite makes the hash of a key explicit where it is not the default.
func (k *Key) writtenSuite() string {
	if k.Suite == "" && (k.Hash == SHA256 || k.Hash == SHA512) {
		return "HMAC-" + string(k.Hash)
	}
	return k.Suite
}

func (w *Writer) data(k *Key) {
	w.raw("<Data>")
	if k.Secret.Len() > 0 {
		w.value("Secret", k.Secret.Bytes(), true)
	}
	for _, i := range []struct {
		name string
		Int
	}{{"Counter", k.Counter}, {"Time", k.Time}, {"TimeInterval", k.Interval}, {"TimeDrift", k.Drift}} {
		if i.Set {
			w.value(i.name, strconv.AppendInt(nil, i.Value, 10), false)
		}
	}
	w.raw("</Data>")
}

// value writes a child of Data, encrypted if it is secret or all is to be.
func (w *Writer) value(name string, b []byte, secret bool) {
	w.raw("<" + name + ">")
	switch {
	case w.seal != nil && (secret || w.opts.EncryptAll):
		cipher, mac, err := w.seal.seal(b)
		if err != nil {
			w.err = err
		}
		w.raw("<EncryptedValue>")
		w.sealed(cipher)
		w.raw("</EncryptedValue><ValueMAC>")
		w.base64(mac)
		w.raw("</ValueMAC>")
	case secret:
		w.raw("<PlainValue>")
		w.base64(b)
		w.raw("</PlainValue>")
	default:
		w.leaf("PlainValue", string(b))
	}
	w.raw("</" + name + ">")
}

func (w *Writer) policy(p *Policy) {
	if p.StartDate.IsZero() && p.ExpiryDate.IsZero() && p.Usage == 0 && !p.Transactions.Set && p.PIN == nil {
		return
	}
	w.raw("<Policy>")
	w.date("StartDate", p.StartDate)
	w.date("ExpiryDate", p.ExpiryDate)
	if pin := p.PIN; pin != nil {
		w.raw("<PINPolicy")
		w.attr("PINKeyId", pin.KeyID)
		w.attr("PINUsageMode", string(pin.Mode))
		w.intAttr("MaxFailedAttempts", pin.MaxFailedAttempts)
		w.intAttr("MinLength", pin.MinLength)
		w.intAttr("MaxLength", pin.MaxLength)
		w.attr("PINEncoding", string(pin.Encoding))
		w.raw("/>")
	}
	for i, name := range usageNames() {
		if p.Usage&(1<<i) != 0 {
			w.leaf("KeyUsage", name)
		}
	}
	if p.Transactions.Set {
		w.integer("NumberOfTransactions", p.Transactions.Value)
	}
	w.raw("</Policy>")
}

// writable refuses what would not read back as it was.
func (p *KeyPackage) writable(noSecret bool) error {
	k := &p.Key
	if !k.Policy.Usable() {
		return invalid("the policy of key %q was not understood and cannot be written", clipText(k.ID))
	}
	if k.ID == "" {
		return invalid("the key has no Id")
	}
	for _, s := range []string{
		p.Device.Manufacturer, p.Device.SerialNo, p.Device.Model, p.Device.IssueNo, p.Device.DeviceBinding, p.Device.UserID,
		p.CryptoModuleID, k.ID, k.Algorithm, k.Issuer, k.FriendlyName, k.FriendlyNameLang, k.UserID, k.ProfileID, k.Reference, k.Suite,
	} {
		if !xmlText(s) {
			return invalid("a text of key %q begins or ends with a blank, or cannot stand in XML", clipText(k.ID))
		}
	}
	if p.Device.StartDate.Year() > 9999 || p.Device.ExpiryDate.Year() > 9999 || k.Policy.StartDate.Year() > 9999 || k.Policy.ExpiryDate.Year() > 9999 {
		return invalid("a date of key %q lies behind the year 9999", clipText(k.ID))
	}
	return k.writable(noSecret)
}

func (k *Key) writable(noSecret bool) error {
	profile, inURI, err := profileOf(k.Algorithm, false)
	if err != nil {
		return err
	}
	again := Key{Profile: profile, Suite: k.writtenSuite()}
	if err := again.suiteHash(inURI); err != nil {
		return err
	}
	if k.Hash != "" && again.Hash != k.Hash {
		return invalid("the hash %s of key %q differs from its suite %q", k.Hash, clipText(k.ID), clipText(k.Suite))
	}
	if noSecret && (k.Secret.Len() > 0 || k.Reference != "") {
		return invalid("the key %q has a Secret or a Reference where none may be", clipText(k.ID))
	}
	if !noSecret && (k.Secret.Len() > 0) == (k.Reference != "") {
		return invalid("the key %q must have a Secret or a Reference, and not both", clipText(k.ID))
	}
	if k.Counter.Value < 0 || k.Time.Value < 0 || k.Interval.Set && (k.Interval.Value < 1 || k.Interval.Value > math.MaxInt32) ||
		k.Drift.Value < math.MinInt32 || k.Drift.Value > math.MaxInt32 {
		return invalid("a counter, time, interval or drift of key %q is out of range", clipText(k.ID))
	}
	p := KeyPackage{Key: *k}
	p.Key.Profile = profile
	return (&Reader{}).checkProfile(&p)
}
