package mssserver

import (
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/mss"
	"github.com/countersign-auth/countersign/ota/applet"
)

// signing is what a profile means here.
type signing struct {
	uri    string
	role   applet.Role
	digest bool // documents only
}

const (
	ficom    = "http://mss.ficom.fi/TS102206/v1.0.0/"
	alauda   = "http://alauda.mobi/"
	swisscom = "http://mid.swisscom.ch/"
)

// profiles are the signature profiles that there are. FiCom's anonymous profile is none of
// them: every certificate names its person.
var profiles = []signing{
	{ficom + "authentication-profile.xml", applet.Authentication, false},
	{ficom + "signature-profile.xml", applet.Signing, false},
	{ficom + "consent-profile.xml", applet.Signing, false},
	{ficom + "digestive-signature-profile.xml", applet.Signing, true},
	{alauda + "digitalSignature", applet.Authentication, false},
	{alauda + "nonRepudiation", applet.Signing, false},
	{swisscom + "MID/v1/AuthProfile1", applet.Authentication, false},
	{swisscom + "STK-LoA4", applet.Authentication, false},
}

// Profiles lists the URIs of the signature profiles, for those who register providers.
func Profiles() (all []string) {
	for _, p := range profiles {
		all = append(all, p.uri)
	}
	return all
}

// profileOf finds the profile of a request.
func profileOf(p *provider.Provider, uri string, c mss.Comparison) (signing, error) {
	if uri == "" && len(p.Profiles) > 0 {
		uri = p.Profiles[0]
	}
	if uri == "" {
		return signing{}, mss.Faultf(mss.MissingParam, 0, "SignatureProfile is missing, and no default is registered for the service provider.")
	}
	for _, known := range profiles {
		if known.uri != uri {
			continue
		}
		if !p.Allows(uri) {
			return signing{}, mss.Faultf(mss.UnauthorizedAccess, mss.ProhibitedProfile, "The service provider may not use this profile.")
		}
		if c == mss.Better {
			return better(p, known)
		}
		return known, nil
	}
	return signing{}, mss.Faultf(mss.UnsupportedProfile, 0, "There is no such profile: see MSS_ProfileQuery.")
}

// better finds a profile that is better than another: signing is better than authentication, and
// nothing is better than that.
func better(p *provider.Provider, than signing) (signing, error) {
	for _, known := range profiles {
		if than.role == applet.Authentication && known.role == applet.Signing && !known.digest && p.Allows(known.uri) {
			return known, nil
		}
	}
	return signing{}, mss.Faultf(mss.UnsupportedProfile, 0, "There is no better profile.")
}

// ofRole lists the profiles of a role that a provider may use.
func ofRole(p *provider.Provider, r applet.Role) (all []string) {
	for _, known := range profiles {
		if known.role == r && p.Allows(known.uri) {
			all = append(all, known.uri)
		}
	}
	return all
}
