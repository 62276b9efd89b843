package httpapi

import "reflect"

// Decode reads a body strictly into a pointer to one of our request types.
func Decode(body []byte, into any) error {
	v := reflect.ValueOf(into).Elem()
	return decodeBody(body, shapeOf(v.Type()), v)
}
