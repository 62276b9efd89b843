package limit

// NextForever reports whether the next block under rule, or the present one, ends
// only with a Clear: who is to be warned before that has Left claims to go.
func (s State) NextForever(rule Rule) bool {
	return s.Held() || rule.CoolDown == 0 || rule.MaxBlocks > 0 && s.Blocks+1 >= rule.MaxBlocks
}
