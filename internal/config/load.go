package config

// Source says where a configuration comes from. The package itself touches
// neither files nor the environment.
type Source struct {
	// Path is the YAML file; empty for none.
	Path string
	// ReadFile reads the file, and the files that hold secrets; os.ReadFile
	// in the program. Required when a file is named anywhere.
	ReadFile func(name string) ([]byte, error)
	// Environ is the environment as "NAME=value", as os.Environ gives it.
	Environ []string
}

// Load reads a configuration and checks it. The error is a fault
// "config.invalid" whose cause is [Problems].
func Load(s Source) (Config, error) {
	c := Default()
	list := entries(&c)
	r := &reading{name: s.Path, readFile: s.ReadFile, origin: map[string]string{}}
	if s.Path != "" {
		data, err := s.ReadFile(s.Path)
		if err != nil {
			note(&r.problems, s.Path, "the configuration file cannot be read: %v; `countersign config reference` prints one to start from", err)
			return Config{}, r.problems.fault()
		}
		r.file(data, list)
	}
	r.environ(s.Environ, list)
	for _, p := range c.problems() {
		if where, ok := r.origin[p.Where]; ok {
			p.Where = where
		}
		r.problems = append(r.problems, p)
	}
	if err := r.problems.fault(); err != nil {
		return Config{}, err
	}
	return c, nil
}
