package console

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// route is one row of the console's table.
type route struct {
	Pattern string
	Need    staff.Permission // "": every member who is logged in
	Open    bool             // for everybody, logged in or not
	Fresh   string           // key of what is confirmed by a fresh proof; "": none is needed
	Upload  bool             // the handler reads the body itself
	MaxBody int64            // bytes; 0: that of all forms
	Serve   func(*visit) error
}

// routes is the site map.
func (c *console) routes() []route {
	return append([]route{
		{Pattern: "GET /login", Open: true, Serve: c.login},
		{Pattern: "POST /login", Open: true, Serve: c.enter},
		{Pattern: "GET /invitation", Open: true, Serve: c.invitation},
		{Pattern: "POST /invitation", Open: true, Serve: c.openInvitation},
		{Pattern: "POST /invitation/finish", Open: true, Serve: c.enroll},
		{Pattern: "POST /logout", Serve: c.logout},
		{Pattern: "GET /{$}", Serve: c.home},

		{Pattern: "GET /account", Serve: c.account},
		{Pattern: "GET /account/password", Serve: c.passwordForm},
		{Pattern: "POST /account/password", Serve: c.changePassword},
		{Pattern: "POST /account/sessions/{session}/end", Serve: c.endMySession},

		{Pattern: "GET /customers", Need: staff.CustomerSearch, Serve: c.search},
		{Pattern: "GET /customers/new", Need: staff.CustomerWrite, Serve: c.newCustomer},
		{Pattern: "POST /customers/new", Need: staff.CustomerWrite, Serve: c.createCustomer},
		{Pattern: "GET /customers/{id}", Need: staff.CustomerSearch, Serve: c.customer},
		{Pattern: "GET /customers/{id}/history", Need: staff.CustomerSearch, Serve: c.customerHistory},
		{Pattern: "GET /customers/{id}/contacts", Need: staff.CustomerContacts, Serve: c.contacts},
		{Pattern: "POST /customers/{id}/contacts", Need: staff.CustomerWrite, Fresh: "console.act.contact", Serve: c.addContact},
		{Pattern: "POST /customers/{id}/contacts/{contact}/remove", Need: staff.CustomerWrite, Fresh: "console.act.contact", Serve: c.removeContact},
		{Pattern: "GET /customers/{id}/edit", Need: staff.CustomerWrite, Serve: c.editCustomer},
		{Pattern: "POST /customers/{id}/edit", Need: staff.CustomerWrite, Serve: c.changeCustomer},
		{Pattern: "GET /customers/{id}/status", Need: staff.CustomerStatus, Serve: c.statusForm},
		{Pattern: "POST /customers/{id}/status", Need: staff.CustomerStatus, Fresh: "console.act.status", Serve: c.changeStatus},
		{Pattern: "GET /customers/{id}/codes/new", Need: staff.RegistrationStart, Serve: c.newCode},
		{Pattern: "POST /customers/{id}/codes/new", Need: staff.RegistrationStart, Fresh: "console.act.code", Serve: c.issueCode},
		{Pattern: "POST /customers/{id}/codes/{code}/extend", Need: staff.RegistrationStart, Serve: c.extendCode},
		{Pattern: "GET /customers/{id}/codes/{code}/revoke", Need: staff.RegistrationStart, Serve: c.revokeForm},
		{Pattern: "POST /customers/{id}/codes/{code}/revoke", Need: staff.RegistrationStart, Serve: c.revokeCode},

		{Pattern: "GET /tokens", Need: staff.TokenRead, Serve: c.stock},
		{Pattern: "GET /tokens/{id}", Need: staff.TokenRead, Serve: c.token},

		{Pattern: "GET /imports", Need: staff.TokenImport, Serve: c.imports},
		{Pattern: "GET /imports/{id}", Need: staff.TokenImport, Serve: c.pastImport},
		{Pattern: "GET /import", Need: staff.TokenImport, Serve: c.uploadForm},
		{Pattern: "POST /import", Need: staff.TokenImport, Upload: true, MaxBody: c.MaxUpload + ui.DefaultMaxBody, Serve: c.upload},
		{Pattern: "GET /import/{id}", Need: staff.TokenImport, Serve: c.job},
		{Pattern: "GET /import/{id}/report", Need: staff.TokenImport, Serve: c.jobReport},
		{Pattern: "POST /import/{id}/run", Need: staff.TokenImport, Fresh: "console.act.import", Serve: c.runImport},
		{Pattern: "POST /import/{id}/discard", Need: staff.TokenImport, Serve: c.discardImport},

		{Pattern: "GET /audit", Need: staff.AuditRead, Serve: c.auditList},
		{Pattern: "GET /audit/records/{id}", Need: staff.AuditRead, Serve: c.auditRecord},
		{Pattern: "GET /audit/records/{id}/proof.json", Need: staff.AuditRead, Serve: c.auditProof},
		{Pattern: "GET /audit/checkpoint", Need: staff.AuditVerify, Serve: c.checkpoint},
		{Pattern: "GET /audit/checkpoint/note.txt", Need: staff.AuditVerify, Serve: c.checkpointNote},

		{Pattern: "GET /policies", Need: staff.PolicyRead, Serve: c.policies},

		{Pattern: "GET /clients", Need: staff.ClientRead, Serve: c.clients},
		{Pattern: "GET /clients/new", Need: staff.ClientWrite, Serve: c.newClient},
		{Pattern: "POST /clients/new", Need: staff.ClientWrite, Fresh: "console.act.client", Serve: c.createClient},
		{Pattern: "GET /clients/{id}", Need: staff.ClientRead, Serve: c.client},
		{Pattern: "GET /clients/{id}/do/{act}", Need: staff.ClientWrite, Serve: c.clientForm},
		{Pattern: "POST /clients/{id}/do/{act}", Need: staff.ClientWrite, Fresh: "console.act.client", Serve: c.changeClient},

		{Pattern: "GET /staff", Need: staff.StaffRead, Serve: c.members},
		{Pattern: "GET /staff/new", Need: staff.StaffWrite, Serve: c.newMember},
		{Pattern: "POST /staff/new", Need: staff.StaffWrite, Fresh: "console.act.staff", Serve: c.invite},
		{Pattern: "GET /staff/{id}", Need: staff.StaffRead, Serve: c.member},
		{Pattern: "GET /staff/{id}/edit", Need: staff.StaffWrite, Serve: c.editMember},
		{Pattern: "POST /staff/{id}/edit", Need: staff.StaffWrite, Fresh: "console.act.staff", Serve: c.changeMember},
		{Pattern: "GET /staff/{id}/do/{act}", Need: staff.StaffWrite, Serve: c.memberForm},
		{Pattern: "POST /staff/{id}/do/{act}", Need: staff.StaffWrite, Fresh: "console.act.staff", Serve: c.changeMemberStatus},
	}, slices.Concat(c.deskRoutes(), c.officerRoutes(), c.textRoutes(), c.riskRoutes(), c.channelRoutes(), c.dataRoutes(), c.exemptionRoutes(), c.mobileRoutes(), c.mobileIDRoutes(), c.companionRoutes(), c.patternRoutes(), c.payRoutes(), c.providerRoutes())...)
}
