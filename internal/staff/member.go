package staff

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
)

// Status says whether a member may log in.
type Status string

// States of a member; the transitions are in the package comment.
const (
	Invited  Status = "invited"
	Active   Status = "active"
	Disabled Status = "disabled"
)

// Member is one person of the bank.
type Member struct {
	ID       ident.ID
	Login    string // normal form: lower case
	Name     string
	Role     Role
	Status   Status
	Failures limit.State
	Created  time.Time
	Changed  time.Time
	LoggedIn time.Time // last login; zero: never

	password string // Argon2id; "" when there is none
	totp     []byte // sealed key; nil when there is none
	next     int64  // lowest time step that may still be used
}

const columns = "id, login, name, role, status, password, totp, totp_next, " + limit.Columns + ", created_at, changed_at, logged_in_at"

func (m *Member) dest() []any {
	d := append([]any{&m.ID, &m.Login, &m.Name, &m.Role, &m.Status, &m.password, &m.totp, &m.next}, m.Failures.Dest()...)
	return append(d, &m.Created, &m.Changed, &m.LoggedIn)
}

// find returns the member for whom a condition holds; the fault "staff.unknown"
// when there is none.
func find(tx *db.Tx, where string, args ...any) (m Member, err error) {
	err = tx.Row("SELECT "+columns+" FROM staff WHERE "+where, args...).Scan(m.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return Member{}, unknown()
	}
	return m, err
}

func unknown() *fault.Error {
	return fault.NotFoundf("staff.unknown", "There is no such member of staff: check the login.")
}

// normalLogin gives the normal form of a login: compatibility forms folded, lower
// case; 2 to 64 letters a–z, digits and characters of ". _ @ -".
func normalLogin(typed string) (string, error) {
	s := ""
	if len(typed) <= 256 {
		s = strings.ToLower(strings.TrimSpace(norm.NFKC.String(typed)))
	}
	if len(s) < 2 || len(s) > 64 || strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("._@-", r)
	}) {
		return "", fault.Invalidf("staff.login", "A login has 2 to 64 letters a to z, digits or characters of . _ @ -.").WithField("/login")
	}
	return s, nil
}

func normalName(s string) (string, error) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	if s == "" || len([]rune(s)) > 100 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }) {
		return "", fault.Invalidf("staff.name", "A name has 1 to 100 characters.").WithField("/name")
	}
	return s, nil
}

func checkRole(r Role) error {
	if !r.Valid() {
		return fault.Invalidf("staff.role", "The role is unknown: choose one of help_desk, security_officer, fraud_analyst, auditor and administrator.").WithField("/role")
	}
	return nil
}

// Bounds of a password in characters. With a second factor eight would do
// (SCA-42); staff get more.
const (
	MinPassword = 12
	MaxPassword = 128
)

// normalPassword gives the bytes of a password that are hashed: NFKC, so that
// two keyboards give one password. There are no rules of composition (SCA-44).
func normalPassword(typed string) []byte {
	if len(typed) > 8*MaxPassword {
		return []byte(typed[:8*MaxPassword]) // too long to be anybody's
	}
	return norm.NFKC.AppendString(nil, typed)
}

// checkPassword refuses a new password that is too short, too long, the login
// or one character again and again.
func checkPassword(typed, login string) ([]byte, error) {
	bad := func(detail string, args ...any) error {
		return fault.Invalidf("staff.password_weak", detail, args...).WithField("/password")
	}
	p := normalPassword(typed)
	runes := []rune(string(p))
	switch {
	case len(runes) < MinPassword:
		return nil, bad("The password is too short: use %d characters or more, such as four words.", MinPassword)
	case len(runes) > MaxPassword || len(typed) > 8*MaxPassword:
		return nil, bad("The password is too long: use %d characters or fewer.", MaxPassword)
	case strings.Contains(strings.ToLower(string(p)), login):
		return nil, bad("The password contains the login: choose another.")
	}
	kinds := map[rune]bool{}
	for _, r := range runes {
		kinds[r] = true
	}
	if len(kinds) < 5 {
		return nil, bad("The password repeats a few characters: choose another.")
	}
	return p, nil
}
