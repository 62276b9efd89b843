package self

// mobileRoutes are those of mobile tokens. Each act that needs a proof is a change, as of the
// password: its page, the steps of its proof, and the act.
func (s *self) mobileRoutes() []route {
	all := []route{
		{Pattern: "GET /mobile/{id}", Serve: s.mobile},
		{Pattern: "POST /mobile/{id}/name", Serve: s.renameMobile},
		{Pattern: "POST /mobile/{id}/cancel", Serve: s.cancelMobile},
		{Pattern: "POST /mobile/{id}/abandonment", Serve: s.abandonMobile},
		{Pattern: "GET /mobile/{id}/block", Serve: s.askBlock},
		{Pattern: "POST /mobile/{id}/block", Serve: s.blockMobile},
	}
	add := func(path, act string, do func(*visit) error) {
		all = append(all, s.changeRoutes(path, mobilePrefix+act, do)...)
	}
	add("/mobile/add", "enrollment", s.enrollMobile)
	const one = "/mobile/{id}/"
	add(one+"migration", "migration", s.mobileCode("migration", s.migrateMobile))
	add(one+"redistribution", "redistribution", s.mobileCode("redistribution", s.redistributeMobile))
	add(one+"renewal", "renewal", s.mobileCode("renewal", s.renewMobile))
	add(one+"extension", "extension", s.doMobile("extension", s.extendMobile))
	add(one+"compare", "compare", s.doMobile("compare", s.compareMobile))
	add(one+"enabling", "enabling", s.doMobile("enabling", s.enableMobile))
	add(one+"archiving", "archiving", s.doMobile("archiving", s.archiveMobile))
	return all
}
