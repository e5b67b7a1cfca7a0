package ward

import (
	"wardlight/ward/alarm"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
)

// AlreadyAcknowledged is why a second acknowledgement has no effect: nothing
// went wrong, a colleague was first.
type AlreadyAcknowledged struct{ alarm.Acknowledgement }

func (a AlreadyAcknowledged) Error() string {
	return "already acknowledged by " + a.Name
}

// acknowledge asks for an alarm to be acknowledged. Nothing changes for
// anybody until the request is recorded and Confirm comes.
func (d *draft) acknowledge(a Acknowledge) {
	e, ok := d.Alarm(a.Alarm)
	if err := d.mayAcknowledge(a, e, ok); err != nil {
		d.note(Change{Unit: e.Bed.Unit, Bed: e.Bed.Bed, What: Declined{err}})
		return
	}
	ack := alarm.Acknowledgement{By: a.By.ID, Name: a.By.Name, At: d.in.At, Reason: a.Reason, Note: a.Note}
	after, changed := e.Step(alarm.EventAcknowledge, d.in.At)
	if !changed {
		d.at(e.Bed, Declined{fault.New(fault.Conflict, "this alarm cannot be acknowledged now")})
		return
	}
	after.Acknowledged = &ack

	pending := e
	pending.Version = after.Version
	pending.Request = &alarm.Request{Command: d.in.ID, Acknowledgement: ack}
	d.putEpisode(pending)

	event := d.event(e, after, alarm.EventAcknowledge)
	event.By, event.Detail = a.By.ID, a.Reason
	d.at(e.Bed, AcknowledgementRequested{Command: d.in.ID, Episode: after, Event: event})
	d.audit(a.By.ID, "acknowledge-alarm", string(e.ID), a.Reason)
}

func (d *draft) mayAcknowledge(a Acknowledge, e alarm.Episode, found bool) error {
	switch {
	case !found:
		return fault.New(fault.Conflict, "this alarm has ended")
	case !a.By.May(staff.AcknowledgeAlarm, e.Bed.Unit) && !(e.Bed.IsZero() && a.By.May(staff.AcknowledgeAlarm, a.By.Unit)):
		return fault.New(fault.Forbidden, "the role %s may not acknowledge alarms here", a.By.Role)
	case e.State.IsAcknowledged() && e.Acknowledged != nil:
		return fault.New(fault.Conflict, "%w", AlreadyAcknowledged{*e.Acknowledged})
	case e.Request != nil:
		return fault.New(fault.Conflict, "%s is acknowledging this alarm just now", e.Request.Name)
	case a.Version < e.AcceptFrom:
		return fault.New(fault.Conflict, "the alarm has changed since you saw it: look again, then acknowledge")
	case a.Version > e.Version:
		return fault.New(fault.Invalid, "version %d of this alarm does not exist yet", a.Version)
	}
	return nil
}

// confirm makes a recorded acknowledgement effective.
func (d *draft) confirm(c Confirm) {
	e, ok := d.requested(c.Command)
	if !ok {
		return // it ended meanwhile
	}
	if _, isVoid := d.settleRequest(e); isVoid {
		d.at(e.Bed, Declined{fault.New(fault.Conflict, "the alarm has changed meanwhile: look again, then acknowledge")})
	}
}

// settleRequest turns the alarm's recorded request into an acknowledgement.
// If the alarm meanwhile rose in priority, came back after a silence or moved
// with its patient, the request is void and the alarm stands.
func (d *draft) settleRequest(e alarm.Episode) (after alarm.Episode, isVoid bool) {
	ack, isVoid := e.Request.Acknowledgement, e.Request.IsVoid
	e.Request = nil
	after, changed := e.Step(alarm.EventAcknowledge, ack.At)
	if isVoid || !changed {
		d.putEpisode(e)
		d.at(e.Bed, EpisodeChanged{Episode: e})
		return e, true
	}
	after.Version, after.AcceptFrom = e.Version, e.AcceptFrom // the request has raised it already
	after.Acknowledged = &ack
	d.putEpisode(after)
	d.at(e.Bed, EpisodeChanged{Episode: after})
	return after, false
}

// withdraw forgets a request that was not recorded in time.
func (d *draft) withdraw(c Withdraw) {
	if e, ok := d.requested(c.Command); ok {
		e.Request = nil
		d.putEpisode(e)
		d.at(e.Bed, EpisodeChanged{Episode: e})
	}
}

func (d *draft) requested(command string) (alarm.Episode, bool) {
	match := func(list []alarm.Episode) (alarm.Episode, bool) {
		for _, e := range list {
			if e.Request != nil && e.Request.Command == command {
				return e, true
			}
		}
		return alarm.Episode{}, false
	}
	if e, ok := match(d.system); ok {
		return e, true
	}
	for _, u := range d.units {
		for _, b := range u.Beds {
			if e, ok := match(b.Episodes); ok {
				return e, true
			}
		}
	}
	return alarm.Episode{}, false
}
