package live

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"wardlight/ward"
)

type nothing struct{}

func (nothing) Record(context.Context, string, []ward.Entry) error { return nil }

// BenchmarkSubmit measures the loop alone: messages of three monitors, a
// record that costs nothing, and watchers that do not read.
func BenchmarkSubmit(b *testing.B) {
	for _, watchers := range []int{0, 100} {
		b.Run(fmt.Sprintf("watchers=%d", watchers), func(b *testing.B) {
			l := New(Config{Ward: testWard(time.Now()), Recorder: nothing{}, Epoch: "e1"})
			ctx, cancel := context.WithCancel(b.Context())
			ended := make(chan error, 1)
			go func() { ended <- l.Run(ctx) }()
			for range watchers {
				l.Watch("ICU")
			}
			var n atomic.Int64
			b.SetParallelism(32)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := n.Add(1)
					e, m := heartRate(fmt.Sprint(i), "12", fmt.Sprint(60+i%40))
					if o := l.Submit(ctx, e, m); o.Err != nil {
						b.Error(o.Err)
					}
				}
			})
			b.StopTimer()
			cancel()
			<-ended
		})
	}
}
