package policy

import "go.yaml.in/yaml/v3"

// Tree returns the set as maps, lists, texts and numbers under the names of the
// YAML form, for those who write it in another one. Lengths of time are texts.
func (s *Set) Tree() (tree map[string]any, err error) {
	doc, err := s.Format()
	if err == nil {
		err = yaml.Unmarshal(doc, &tree)
	}
	return tree, err
}
