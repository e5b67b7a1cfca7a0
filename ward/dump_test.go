package ward

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Dump writes everything that v reaches, unexported fields too, so that two
// moments of a value can be compared.
func Dump(v any) string {
	var b strings.Builder
	dump(&b, reflect.ValueOf(v))
	return b.String()
}

func dump(b *strings.Builder, v reflect.Value) {
	if !v.IsValid() {
		b.WriteString("nil")
		return
	}
	if v.Type() == reflect.TypeFor[time.Time]() {
		dumpTime(b, v)
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		if v.Kind() == reflect.Interface {
			b.WriteString(v.Elem().Type().String())
		}
		dump(b, v.Elem())
	case reflect.Struct:
		b.WriteByte('{')
		for i := range v.NumField() {
			b.WriteString(v.Type().Field(i).Name)
			b.WriteByte(':')
			dump(b, v.Field(i))
			b.WriteByte(' ')
		}
		b.WriteByte('}')
	case reflect.Slice, reflect.Array:
		b.WriteByte('[')
		for i := range v.Len() {
			dump(b, v.Index(i))
			b.WriteByte(' ')
		}
		b.WriteByte(']')
	case reflect.Map:
		var lines []string
		for _, k := range v.MapKeys() {
			var line strings.Builder
			dump(&line, k)
			line.WriteByte('=')
			dump(&line, v.MapIndex(k))
			lines = append(lines, line.String())
		}
		slices.Sort(lines)
		b.WriteString("map" + strings.Join(lines, " "))
	default:
		fmt.Fprintf(b, "%v", v)
	}
}

// dumpTime reads the clock's fields, for a time in an unexported field cannot
// be taken out of its value.
func dumpTime(b *strings.Builder, v reflect.Value) {
	fmt.Fprintf(b, "%d/%d", v.Field(0).Uint(), v.Field(1).Int())
}
