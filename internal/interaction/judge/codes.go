package judge

// Codes of terms that are about no group.
const (
	codePlace    = "place.known"
	codeNew      = "place.new"
	codeDistance = "distance.access"
	codeUse      = "use.hour"
	codeContext  = "context.value"
	codeSilent   = "use.silent"
	codeContact  = "contact.none"
	codeAmount   = "amount.prior"
)

func presenceOf(g Group) string {
	return [Groups]string{"presence.bag", "presence.home", "presence.body", "presence.car", "presence.job"}[g]
}

func absenceOf(g Group) string {
	return [Groups]string{"absence.bag", "absence.home", "absence.body", "absence.car", "absence.job"}[g]
}

func boundOf(g Group) string {
	return [Groups]string{"bound.bag", "bound.home", "bound.body", "bound.car", "bound.job"}[g]
}
