package mss

import (
	"strings"
)

// Service is an additional service that an AP asks for (AdditionalServices/Service), by
// the URI that describes it, with the value that goes with it.
type Service struct {
	Description string
	Value       string
	// Verify is an attribute of NoSpamCode: "no" says that the code is not to be compared.
	Verify string
}

// The additional services of the FiCom guideline that are known by name.
const (
	ServiceEventID  = FiComSpace + "eventId"
	ServiceSpamCode = FiComSpace + "noSpamCode"
	ServiceLanguage = FiComSpace + "userLang"
	ServiceValidate = FiComSpace + "validate"
	ServiceSession  = FiComSpace + "sessionId"
)

// ServiceControl asks for the control code that the phone shows, to be shown by the provider
// too. It is ours: the specifications have nothing of the kind. Its value says what the person does
// with the code: "shown", "chosen" or "typed".
const (
	ControlSpace   = "urn:countersign:mss"
	ServiceControl = ControlSpace + ":control-code"
)

// values are the elements that carry the values of services.
var values = map[string]string{ServiceEventID: "EventID", ServiceSpamCode: "NoSpamCode", ServiceLanguage: "UserLang", ServiceSession: "SessionID", ServiceControl: "ControlCode"}

// services reads them as XML nests them, and as JSON lists them.
func (r *reader) services(n *node) (found []Service) {
	for _, list := range all(n, "AdditionalServices") {
		members := all(list, "Service")
		if members == nil && r.child(list, "Description") != nil {
			members = []*node{list}
		}
		for _, m := range members {
			found = append(found, r.service(m))
		}
	}
	return found
}

func (r *reader) service(n *node) Service {
	s := Service{Description: r.uri(n, "Description")}
	if s.Description == "" {
		r.fail(MissingParam, "An additional service has no Description.")
	}
	for _, k := range n.kids {
		if k.name == "Description" || k.name == "Entity" {
			continue
		}
		if element, known := values[s.Description]; known && element == k.name {
			if s.Value != "" {
				r.fail(WrongParam, k.name+" stands more than once.")
			}
			s.Value, s.Verify = strings.TrimSpace(r.content(k)), r.value(k, "verify")
		}
	}
	return s
}

func (s Service) node() *node {
	n := el("Service", uriNode("Description", s.Description))
	if element, known := values[s.Description]; known && s.Value != "" {
		space := FiComSpace
		if s.Description == ServiceControl {
			space = ControlSpace
		}
		n.add(textIn(space, element, s.Value).with("verify", s.Verify))
	}
	return n
}

// ServiceResult says what became of an additional service.
type ServiceResult struct {
	Description string
	Code        int
	Message     string // the name of the code when empty
}

// Serviced adds what became of additional services to a status.
func (s Status) Serviced(results []ServiceResult) Status {
	if len(results) == 0 {
		return s
	}
	list := elIn(FiComSpace, "ServiceResponses")
	for _, x := range results {
		list.add(elIn(FiComSpace, "ServiceResponse", elIn(FiComSpace, "Description", leaf("mssURI", x.Description)), Status{Code: x.Code, Message: x.Message}.in(FiComSpace)))
	}
	s.detail = el("StatusDetail", list)
	return s
}

// Results reads what became of additional services.
func (s Status) Results() (found []ServiceResult) {
	r := &reader{}
	for _, k := range all(r.child(s.detail, "ServiceResponses"), "ServiceResponse") {
		st := r.status(k)
		found = append(found, ServiceResult{r.uri(k, "Description"), st.Code, st.Message})
	}
	return found
}

// in is the status as an element of another namespace.
func (s Status) in(space string) *node {
	n := s.node()
	n.space = space
	return n
}
