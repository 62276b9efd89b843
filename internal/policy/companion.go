package policy

import "time"

// Companions says how the devices that customers live with are registered.
type Companions struct {
	Invitation time.Duration `yaml:"invitation"` // life of a code that registers a device, 5 min – 24 h
	Quarantine time.Duration `yaml:"quarantine"` // from its registration to the moment that a device counts, 1 min – 30 days
	Devices    int           `yaml:"devices"`    // that a customer may have at once, 1–100
}

// completeCompanions gives the section what it does not mention.
func (s *Set) completeCompanions() {
	x := &s.Companions
	orElse(&x.Invitation, 15*time.Minute)
	orElse(&x.Quarantine, 72*time.Hour)
	orElse(&x.Devices, 20)
}

// validateCompanions names the mistakes in the section.
func (s *Set) validateCompanions(m *mistakes) {
	x := s.Companions
	m.check(x.Invitation >= 5*time.Minute && x.Invitation <= 24*time.Hour, "companions: invitation is %s; it must be 5m to 24h", x.Invitation)
	m.check(x.Quarantine >= time.Minute && x.Quarantine <= 30*24*time.Hour, "companions: quarantine is %s; it must be 1m to 720h", x.Quarantine)
	m.check(within(x.Devices, 1, 100), "companions: devices is %d; it must be 1 to 100", x.Devices)
}
