package staff_test

import (
	"slices"
	"testing"

	"github.com/countersign-auth/countersign/internal/staff"
)

func TestPermissionTable(t *testing.T) {
	t.Parallel()
	for _, r := range staff.Roles() {
		all := staff.Permissions(r)
		if len(all) == 0 || !slices.IsSorted(all) {
			t.Errorf("%s may do %v", r, all)
		}
		for _, p := range all {
			if !staff.Can(r, p) {
				t.Errorf("Permissions says that %s may %s, Can does not", r, p)
			}
		}
	}
	if staff.Can("", staff.CustomerSearch) || staff.Can(staff.Administrator, "") || staff.Can("root", staff.StaffWrite) {
		t.Error("an unknown role or permission is granted")
	}
}

// Separation of duties, said apart from the table.
func TestSeparationOfDuties(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		role staff.Role
		not  []staff.Permission
	}{
		{staff.Auditor, []staff.Permission{staff.PaymentRegister, staff.PaymentRelease, staff.PaymentStop, staff.PortfolioWrite, staff.CompanionRegister, staff.CompanionStop, staff.MobileIDRegister, staff.MobileIDStop, staff.SIMManage, staff.MobileIssue, staff.MobileBlock, staff.MobileEnable, staff.CustomerExport, staff.ChannelLift, staff.CustomerIdentify, staff.AuthenticatorBar, staff.CustomerWrite, staff.CustomerStatus, staff.TokenAssign, staff.TokenImport, staff.PolicyWrite, staff.StaffWrite, staff.ClientWrite, staff.Approve, staff.CustomerContacts, staff.PasswordDemand, staff.PhoneRefuse, staff.TextManage, staff.TextLift, staff.RiskReview, staff.RiskAddress, staff.RiskTune}},
		{staff.Administrator, []staff.Permission{staff.PaymentRead, staff.PaymentRegister, staff.PaymentRelease, staff.PaymentStop, staff.PaymentReview, staff.PortfolioWrite, staff.CompanionRead, staff.CompanionRegister, staff.CompanionStop, staff.MobileIDRead, staff.MobileIDRegister, staff.MobileIDStop, staff.SIMManage, staff.MobileRead, staff.MobileIssue, staff.MobileBlock, staff.MobileEnable, staff.CustomerExport, staff.CustomerClose, staff.CustomerSearch, staff.RegistrationStart, staff.AuthenticatorReset, staff.TokenUnlock, staff.TokenImport, staff.PolicyWrite, staff.AuditRead, staff.ChannelLift, staff.PasswordReset, staff.PhoneRegister, staff.TextLift, staff.RiskSee, staff.RiskRead, staff.RiskReview, staff.RiskTune}},
		{staff.HelpDesk, []staff.Permission{staff.SIMManage, staff.CustomerExport, staff.TokenUnlockMore, staff.TokenImport, staff.PolicyWrite, staff.AuditRead, staff.StaffRead, staff.CustomerClose, staff.Approve, staff.RiskRead, staff.RiskReview, staff.RiskAddress, staff.TextRead, staff.TextManage, staff.TextLift}},
		{staff.SecurityOfficer, []staff.Permission{staff.CompanionRegister, staff.MobileIDRegister, staff.MobileIssue, staff.MobileEnable, staff.RegistrationStart, staff.AuthenticatorReset, staff.TokenUnlock, staff.TokenAssign, staff.StaffWrite, staff.ChannelLift, staff.PasswordReset, staff.PhoneRegister, staff.TextManage}},
		{staff.FraudAnalyst, []staff.Permission{staff.CompanionRegister, staff.MobileIDRegister, staff.SIMRead, staff.MobileIssue, staff.MobileEnable, staff.CustomerExport, staff.CustomerClose, staff.CustomerIdentify, staff.RegistrationStart, staff.AuthenticatorReset, staff.TokenAssign, staff.PolicyWrite, staff.Approve, staff.StaffWrite, staff.ChannelLift, staff.PasswordReset, staff.PhoneRegister, staff.TextManage}},
	} {
		for _, p := range c.not {
			if staff.Can(c.role, p) {
				t.Errorf("%s may %s", c.role, p)
			}
		}
	}
}
