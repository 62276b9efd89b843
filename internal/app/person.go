package app

import (
	"bytes"
	"errors"
	"io"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/staff"
)

// person is a member of staff who proves on the command line who they are. What
// the operator does there otherwise is recorded as system:cli, which could be
// anybody: nothing that needs two people can be built on it.
type person struct {
	Login        string `name:"as" placeholder:"LOGIN" help:"Login of the member of staff who acts."`
	PasswordFile string `name:"as-password-file" placeholder:"FILE" help:"File with their password; - for standard input."`
	PasswordEnv  string `name:"as-password-env" placeholder:"NAME" help:"Environment variable with their password."`
	Code         string `name:"as-code" placeholder:"CODE" help:"The code that their authenticator app shows now."`
}

// prove checks password and code and returns who acts.
func (p person) prove(e *env, a *App) (audit.Actor, error) {
	if p.Login == "" || p.Code == "" || p.PasswordFile == "" && p.PasswordEnv == "" {
		return audit.Actor{}, hinted{errors.New("proposals are made and decided by members of staff, who prove who they are"), "Add --as LOGIN --as-code CODE --as-password-file FILE (- for standard input)."}
	}
	password, err := p.password(e)
	if err != nil {
		return audit.Actor{}, err
	}
	m, ok, err := a.Staff.Prove(e.ctx, staff.Attempt{Login: p.Login, Password: string(password), Code: p.Code, Source: "command line"})
	if err != nil {
		return audit.Actor{}, err
	}
	if !ok {
		return audit.Actor{}, fault.Deniedf("app.not_proved", "Login, password and code do not fit together, or the login is blocked. A code works once.")
	}
	return audit.Staff(m.ID, m.Login), nil
}

// maxPassword bounds what is read from standard input, in bytes.
const maxPassword = 4096

func (p person) password(e *env) ([]byte, error) {
	if p.PasswordFile != "-" {
		return e.secret(p.PasswordFile, p.PasswordEnv)
	}
	b, err := io.ReadAll(io.LimitReader(e.stdin, maxPassword))
	return bytes.TrimRight(b, "\r\n"), err
}
