package progress

import (
	"testing"
	"time"
)

func TestFormats(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ got, want string }{
		"a digest is cut to twelve digits":        {Short("sha256:0123456789abcdef"), "sha256:0123456789ab"},
		"what is no digest stays":                 {Short("latest"), "latest"},
		"no bytes":                                {Bytes(0), "0 B"},
		"below a kilobyte":                        {Bytes(999), "999 B"},
		"kilobytes":                               {Bytes(1500), "1.5 kB"},
		"megabytes":                               {Bytes(4_130_000), "4.1 MB"},
		"more than terabytes stay terabytes":      {Bytes(5_000_000_000_000_000), "5000.0 TB"},
		"seconds have tenths":                     {Elapsed(12_340 * time.Millisecond), "12.3s"},
		"minutes have none":                       {Elapsed(61_700 * time.Millisecond), "1m2s"},
		"escape sequences are taken out of texts": {Printable("a\x1b[31mb\u009bc\x00"), "a[31mbc"},
		"line breaks in one line become spaces":   {Printable("a\nb\tc"), "a b c"},
		"letters of all languages stay":           {Printable("größer 語"), "größer 語"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.got != c.want {
				t.Errorf("got %q, want %q", c.got, c.want)
			}
		})
	}
}
