package app

// riskCmd is what there is about risks on the command line.
type riskCmd struct {
	Evaluate riskEvaluateCmd `cmd:"" help:"Replay made-up customers and attackers, and report how often customers must authenticate again."`

	Exemptions exemptionsCmd `cmd:"" help:"Report on exemptions from strong authentication."`
}
