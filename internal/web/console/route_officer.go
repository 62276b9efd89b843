package console

import "github.com/countersign-auth/countersign/internal/staff"

// maxDocument bounds a policy document in a form, in bytes: a hundred times the
// embedded one.
const maxDocument = 1 << 20

// maxList bounds a list of tokens in a form, in bytes: as many as one act takes,
// with their manufacturers.
const maxList = 4 << 20

// officerRoutes is the part of the site map about what is decided for many: proposals,
// policies, the stock as a whole.
func (c *console) officerRoutes() []route {
	return []route{
		{Pattern: "GET /proposals", Need: staff.ProposalRead, Serve: c.proposals},
		{Pattern: "GET /proposals/{id}", Need: staff.ProposalRead, Serve: c.proposal},
		{Pattern: "GET /proposals/{id}/payload.json", Need: staff.ProposalRead, Serve: c.proposalPayload},
		{Pattern: "POST /proposals/{id}/approve", Need: staff.Approve, Fresh: "console.act.decide", Serve: c.approveProposal},
		{Pattern: "POST /proposals/{id}/reject", Need: staff.Approve, Fresh: "console.act.decide", Serve: c.rejectProposal},
		{Pattern: "POST /proposals/{id}/withdraw", Need: staff.ProposalRead, Serve: c.withdrawProposal},

		{Pattern: "POST /proposals/{id}/run", Need: staff.ProposalRead, Fresh: "console.act.run", Serve: c.runProposal},

		{Pattern: "POST /import/{id}/propose", Need: staff.TokenImport, Fresh: "console.act.import", Serve: c.proposeImport},

		{Pattern: "GET /tokens/forecast", Need: staff.TokenRead, Serve: c.forecast},
		{Pattern: "GET /tokens/ending", Need: staff.TokenRead, Serve: c.ending},
		{Pattern: "GET /tokens/ending.csv", Need: staff.TokenRead, Serve: c.endingFile},

		{Pattern: "GET /bulks", Need: staff.TokenRead, Serve: c.pastBulks},
		{Pattern: "GET /bulks/{id}", Need: staff.TokenRead, Serve: c.pastBulk},
		{Pattern: "GET /bulk", Need: staff.TokenAssign, Serve: c.newBulk},
		{Pattern: "POST /bulk", Need: staff.TokenAssign, Upload: true, MaxBody: maxList, Serve: c.checkBulk},
		{Pattern: "GET /bulk/{id}", Need: staff.TokenRead, Serve: c.bulkJob},
		{Pattern: "GET /bulk/{id}/report", Need: staff.TokenRead, Serve: c.bulkReport},
		{Pattern: "POST /bulk/{id}/run", Need: staff.TokenAssign, Fresh: "console.act.bulk", Serve: c.runBulk},
		{Pattern: "POST /bulk/{id}/propose", Need: staff.TokenAssign, Fresh: "console.act.bulk", Serve: c.proposeBulk},
		{Pattern: "POST /bulk/{id}/discard", Need: staff.TokenRead, Serve: c.discardBulk},

		{Pattern: "GET /policies/versions", Need: staff.PolicyRead, Serve: c.policyVersions},
		{Pattern: "GET /policies/versions/{version}", Need: staff.PolicyRead, Serve: c.policyVersion},
		{Pattern: "GET /policies/versions/{version}/policies.yaml", Need: staff.PolicyRead, Serve: c.policyDocument},
		{Pattern: "GET /policies/versions/{version}/activate", Need: staff.PolicyWrite, Serve: c.activateForm},
		{Pattern: "POST /policies/versions/{version}/activate", Need: staff.PolicyWrite, Fresh: "console.act.policy", Serve: c.activateVersion},
		{Pattern: "GET /policies/compare", Need: staff.PolicyRead, Serve: c.comparePolicies},
		{Pattern: "GET /policies/new", Need: staff.PolicyWrite, Serve: c.newPolicies},
		{Pattern: "POST /policies/new", Need: staff.PolicyWrite, Upload: true, MaxBody: maxDocument, Serve: c.checkPolicies},
		{Pattern: "POST /policies/store", Need: staff.PolicyWrite, Fresh: "console.act.policy", MaxBody: maxDocument, Serve: c.storePolicies},
	}
}
