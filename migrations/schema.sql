CREATE FUNCTION public.command_in_time() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF clock_timestamp() > NEW.deadline THEN
        RAISE EXCEPTION USING ERRCODE = 'WL001', MESSAGE = 'command ' || NEW.id || ' is too late';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.ward_command_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify(CASE NEW.status WHEN 'pending' THEN 'ward_command' ELSE 'ward_command_finished' END, NEW.id);
    RETURN NULL;
END
$$;

CREATE TABLE public.alarm_episode (
    id text NOT NULL,
    version integer NOT NULL,
    unit text NOT NULL,
    bed text NOT NULL,
    encounter text NOT NULL,
    device text NOT NULL,
    channel text NOT NULL,
    code text NOT NULL,
    metric text NOT NULL,
    side text NOT NULL,
    label text NOT NULL,
    category text NOT NULL,
    origin text NOT NULL,
    priority text NOT NULL,
    highest text NOT NULL,
    state text NOT NULL,
    onset timestamp with time zone NOT NULL,
    onset_at timestamp with time zone,
    ended_at timestamp with time zone,
    closed_at timestamp with time zone,
    closed_reason text NOT NULL,
    value numeric,
    worst numeric,
    limit_value numeric,
    limit_from text NOT NULL,
    recurrence integer NOT NULL,
    chain text NOT NULL,
    accept_from integer NOT NULL,
    acknowledged jsonb,
    request jsonb,
    device_key text DEFAULT ''::text NOT NULL,
    at_device jsonb
)
WITH (fillfactor='80');

CREATE TABLE public.alarm_event (
    episode text NOT NULL,
    version integer NOT NULL,
    what text NOT NULL,
    at timestamp with time zone NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    by text NOT NULL,
    detail text NOT NULL
);

CREATE TABLE public.association (
    began_by text NOT NULL,
    ended_by text,
    device integer NOT NULL,
    unit text NOT NULL,
    bed text NOT NULL,
    encounter text NOT NULL,
    since timestamp with time zone NOT NULL,
    during tstzrange NOT NULL,
    by text NOT NULL,
    recorded_at timestamp with time zone,
    ended_by_whom text,
    end_recorded_at timestamp with time zone,
    cut_by text
);

CREATE TABLE public.audit (
    "row" bigint NOT NULL,
    input text NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT audit_row_check CHECK (("row" > 0))
);

CREATE TABLE public.command (
    id text NOT NULL,
    deadline timestamp with time zone,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.correction (
    device integer NOT NULL,
    mdc integer NOT NULL,
    device_at timestamp with time zone NOT NULL,
    at timestamp with time zone NOT NULL,
    part bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    "position" bigint NOT NULL,
    kind text NOT NULL,
    value numeric,
    quality text NOT NULL,
    CONSTRAINT correction_kind_check CHECK ((kind = ANY (ARRAY['replaced'::text, 'deleted'::text, 'wrong-patient'::text])))
);

ALTER TABLE public.correction ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.correction_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.device (
    key integer NOT NULL,
    id text NOT NULL,
    label text NOT NULL,
    kind text NOT NULL,
    gateway text NOT NULL,
    unit text NOT NULL,
    room text NOT NULL,
    bed text NOT NULL,
    facility text NOT NULL,
    hand jsonb
);

ALTER TABLE public.device ALTER COLUMN key ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.device_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.encounter (
    id text NOT NULL,
    patient text NOT NULL,
    visit text NOT NULL,
    visit_assigner text NOT NULL,
    visit_type text NOT NULL,
    unit text NOT NULL,
    bed text NOT NULL,
    admitted_at timestamp with time zone,
    located_at timestamp with time zone,
    discharged_at timestamp with time zone,
    away jsonb,
    decided_at timestamp with time zone,
    assigned_unit text DEFAULT ''::text NOT NULL,
    assigned_bed text DEFAULT ''::text NOT NULL,
    cancelled boolean DEFAULT false NOT NULL
);

CREATE TABLE public.infusion_channel (
    device integer NOT NULL,
    channel text NOT NULL,
    at timestamp with time zone NOT NULL,
    part bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    device_at timestamp with time zone,
    status text NOT NULL,
    drug text NOT NULL,
    rate numeric,
    rate_unit text,
    dose numeric,
    dose_unit text,
    concentration numeric,
    concentration_unit text,
    weight numeric,
    weight_unit text,
    vtbi numeric,
    vtbi_unit text,
    infused numeric,
    infused_unit text,
    remaining numeric,
    remaining_unit text,
    time_left_ms bigint NOT NULL
)
WITH (fillfactor='70');

CREATE TABLE public.infusion_event (
    device integer NOT NULL,
    channel text NOT NULL,
    at timestamp with time zone NOT NULL,
    part bigint NOT NULL,
    kind text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    device_at timestamp with time zone,
    detail text NOT NULL,
    state jsonb NOT NULL
)
PARTITION BY RANGE (at);

CREATE TABLE public.infusion_event_default (
    device integer NOT NULL,
    channel text NOT NULL,
    at timestamp with time zone NOT NULL,
    part bigint NOT NULL,
    kind text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    device_at timestamp with time zone,
    detail text NOT NULL,
    state jsonb NOT NULL
);

CREATE TABLE public.infusion_report (
    device integer NOT NULL,
    channel text NOT NULL,
    at timestamp with time zone NOT NULL,
    part bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    device_at timestamp with time zone,
    status text NOT NULL,
    drug text NOT NULL,
    rate numeric,
    rate_unit text,
    dose numeric,
    dose_unit text,
    concentration numeric,
    concentration_unit text,
    weight numeric,
    weight_unit text,
    vtbi numeric,
    vtbi_unit text,
    infused numeric,
    infused_unit text,
    remaining numeric,
    remaining_unit text,
    time_left_ms bigint NOT NULL
)
PARTITION BY RANGE (at);

CREATE TABLE public.infusion_report_default (
    device integer NOT NULL,
    channel text NOT NULL,
    at timestamp with time zone NOT NULL,
    part bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    device_at timestamp with time zone,
    status text NOT NULL,
    drug text NOT NULL,
    rate numeric,
    rate_unit text,
    dose numeric,
    dose_unit text,
    concentration numeric,
    concentration_unit text,
    weight numeric,
    weight_unit text,
    vtbi numeric,
    vtbi_unit text,
    infused numeric,
    infused_unit text,
    remaining numeric,
    remaining_unit text,
    time_left_ms bigint NOT NULL
);

CREATE TABLE public.message (
    received_at timestamp with time zone NOT NULL,
    digest bytea NOT NULL,
    source text NOT NULL,
    control_id text NOT NULL,
    type text NOT NULL,
    peer text NOT NULL,
    size integer NOT NULL,
    deflated bytea NOT NULL
)
PARTITION BY RANGE (received_at);
ALTER TABLE ONLY public.message ALTER COLUMN deflated SET STORAGE EXTERNAL;

CREATE TABLE public.message_default (
    received_at timestamp with time zone NOT NULL,
    digest bytea NOT NULL,
    source text NOT NULL,
    control_id text NOT NULL,
    type text NOT NULL,
    peer text NOT NULL,
    size integer NOT NULL,
    deflated bytea NOT NULL
);
ALTER TABLE ONLY public.message_default ALTER COLUMN deflated SET STORAGE EXTERNAL;

CREATE TABLE public.message_key (
    digest bytea NOT NULL,
    received_at timestamp with time zone NOT NULL
);

CREATE TABLE public.no_surveillance (
    epoch text NOT NULL,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone NOT NULL
);

CREATE TABLE public.observation (
    form integer NOT NULL,
    at timestamp with time zone NOT NULL,
    part bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    value double precision[] NOT NULL,
    value_at timestamp with time zone[],
    device_at timestamp with time zone[]
)
PARTITION BY RANGE (at);

CREATE TABLE public.observation_default (
    form integer NOT NULL,
    at timestamp with time zone NOT NULL,
    part bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    value double precision[] NOT NULL,
    value_at timestamp with time zone[],
    device_at timestamp with time zone[]
);

CREATE TABLE public.observation_form (
    id integer NOT NULL,
    digest uuid NOT NULL,
    device integer NOT NULL,
    mdc integer[] NOT NULL,
    places smallint[] NOT NULL,
    quality text[] NOT NULL,
    limits text[] NOT NULL,
    status text[] NOT NULL,
    method text[],
    undated boolean[]
);

ALTER TABLE public.observation_form ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.observation_form_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW public.observed_value AS
 SELECT d.id AS device,
    v.mdc,
    COALESCE(v.at, o.at) AS at,
    o.received_at,
        CASE
            WHEN (c.kind IS NULL) THEN round((v.value)::numeric, (v.places)::integer)
            ELSE c.value
        END AS value,
    COALESCE(c.quality, v.quality) AS quality,
    v.limits,
    v.status,
    COALESCE(v.method, ''::text) AS method,
    COALESCE(v.undated, false) AS undated,
    c.kind AS corrected
   FROM ((((public.observation o
     JOIN public.observation_form f ON ((f.id = o.form)))
     JOIN public.device d ON ((d.key = f.device)))
     CROSS JOIN LATERAL UNNEST(f.mdc, f.places, f.quality, f.limits, f.status, f.method, f.undated, o.value, o.value_at, o.device_at) v(mdc, places, quality, limits, status, method, undated, value, at, device_at))
     LEFT JOIN LATERAL ( SELECT w.kind,
            w.value,
            w.quality
           FROM public.correction w
          WHERE ((w.device = f.device) AND (w.mdc = v.mdc) AND (w.device_at = COALESCE(
                CASE
                    WHEN (cardinality(o.device_at) = 1) THEN o.device_at[1]
                    ELSE v.device_at
                END, v.at, o.at)))
          ORDER BY w.received_at DESC, w."position" DESC
         LIMIT 1) c ON (true))
  WHERE ((v.mdc IS NOT NULL) AND (c.kind IS DISTINCT FROM 'deleted'::text) AND (c.kind IS DISTINCT FROM 'wrong-patient'::text));

CREATE TABLE public.patient (
    id text NOT NULL,
    family text NOT NULL,
    given text NOT NULL,
    middle text NOT NULL,
    sex text NOT NULL,
    birth_date text NOT NULL,
    as_of timestamp with time zone,
    merged_into text,
    told jsonb
);

CREATE TABLE public.patient_identifier (
    patient text NOT NULL,
    "position" integer NOT NULL,
    value text NOT NULL,
    assigner text NOT NULL,
    type text NOT NULL
);

CREATE TABLE public.quarantine (
    id bigint NOT NULL,
    input text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    source text NOT NULL,
    peer text NOT NULL,
    control_id text NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    size integer NOT NULL,
    deflated bytea NOT NULL,
    replayed_at timestamp with time zone
);
ALTER TABLE ONLY public.quarantine ALTER COLUMN deflated SET STORAGE EXTERNAL;

ALTER TABLE public.quarantine ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.quarantine_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.schema_rule (
    one boolean DEFAULT true NOT NULL,
    min_binary integer NOT NULL,
    CONSTRAINT schema_rule_one_check CHECK (one)
);

CREATE TABLE public.session (
    hash bytea NOT NULL,
    staff text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL
);

CREATE TABLE public.settings (
    one boolean DEFAULT true NOT NULL,
    config jsonb NOT NULL,
    CONSTRAINT settings_one_check CHECK (one)
);

CREATE TABLE public.staff (
    id text NOT NULL,
    login text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    unit text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone
);

CREATE TABLE public.strip (
    alarm text NOT NULL,
    device integer NOT NULL,
    mdc integer NOT NULL,
    start timestamp with time zone NOT NULL,
    ref_id text NOT NULL,
    label text NOT NULL,
    unit text NOT NULL,
    rate double precision NOT NULL,
    scale double precision NOT NULL,
    zero double precision NOT NULL,
    samples bytea NOT NULL
);
ALTER TABLE ONLY public.strip ALTER COLUMN samples SET STORAGE EXTERNAL;

CREATE TABLE public.tenure (
    one boolean DEFAULT true NOT NULL,
    epoch text NOT NULL,
    holder text NOT NULL,
    since timestamp with time zone NOT NULL,
    heartbeat_at timestamp with time zone NOT NULL,
    CONSTRAINT tenure_one_check CHECK (one)
)
WITH (fillfactor='20');

CREATE TABLE public.token (
    hash bytea NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    unit text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone
);

CREATE TABLE public.unit (
    code text NOT NULL,
    config jsonb NOT NULL
);

CREATE TABLE public.ward_command (
    id text NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    actor text NOT NULL,
    submitted_at timestamp with time zone NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    result text DEFAULT ''::text NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT ward_command_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'done'::text, 'failed'::text])))
);

CREATE TABLE public.ward_file (
    digest text NOT NULL,
    applied_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.infusion_event ATTACH PARTITION public.infusion_event_default DEFAULT;

ALTER TABLE ONLY public.infusion_report ATTACH PARTITION public.infusion_report_default DEFAULT;

ALTER TABLE ONLY public.message ATTACH PARTITION public.message_default DEFAULT;

ALTER TABLE ONLY public.observation ATTACH PARTITION public.observation_default DEFAULT;

ALTER TABLE ONLY public.alarm_episode
    ADD CONSTRAINT alarm_episode_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alarm_event
    ADD CONSTRAINT alarm_event_pkey PRIMARY KEY (episode, version, what);

ALTER TABLE ONLY public.association
    ADD CONSTRAINT association_ended_by_key UNIQUE (ended_by);

ALTER TABLE ONLY public.association
    ADD CONSTRAINT association_int4range_during_excl EXCLUDE USING gist (int4range(device, device, '[]'::text) WITH &&, during WITH &&);

ALTER TABLE ONLY public.association
    ADD CONSTRAINT association_pkey PRIMARY KEY (began_by);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_input_key UNIQUE (input);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY ("row");

ALTER TABLE ONLY public.command
    ADD CONSTRAINT command_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.correction
    ADD CONSTRAINT correction_pkey PRIMARY KEY (device, mdc, device_at, part);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_id_key UNIQUE (id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.encounter
    ADD CONSTRAINT encounter_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.infusion_channel
    ADD CONSTRAINT infusion_channel_pkey PRIMARY KEY (device, channel);

ALTER TABLE ONLY public.infusion_event
    ADD CONSTRAINT infusion_event_pkey PRIMARY KEY (device, at, channel, kind, part);

ALTER TABLE ONLY public.infusion_event_default
    ADD CONSTRAINT infusion_event_default_pkey PRIMARY KEY (device, at, channel, kind, part);

ALTER TABLE ONLY public.infusion_report
    ADD CONSTRAINT infusion_report_pkey PRIMARY KEY (device, at, channel, part);

ALTER TABLE ONLY public.infusion_report_default
    ADD CONSTRAINT infusion_report_default_pkey PRIMARY KEY (device, at, channel, part);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (received_at, digest);

ALTER TABLE ONLY public.message_default
    ADD CONSTRAINT message_default_pkey PRIMARY KEY (received_at, digest);

ALTER TABLE ONLY public.message_key
    ADD CONSTRAINT message_key_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY public.no_surveillance
    ADD CONSTRAINT no_surveillance_pkey PRIMARY KEY (epoch);

ALTER TABLE ONLY public.observation
    ADD CONSTRAINT observation_pkey PRIMARY KEY (form, at, part);

ALTER TABLE ONLY public.observation_default
    ADD CONSTRAINT observation_default_pkey PRIMARY KEY (form, at, part);

ALTER TABLE ONLY public.observation_form
    ADD CONSTRAINT observation_form_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.observation_form
    ADD CONSTRAINT observation_form_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.patient_identifier
    ADD CONSTRAINT patient_identifier_pkey PRIMARY KEY (patient, "position");

ALTER TABLE ONLY public.patient
    ADD CONSTRAINT patient_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_input_key UNIQUE (input);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.schema_rule
    ADD CONSTRAINT schema_rule_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.settings
    ADD CONSTRAINT settings_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.strip
    ADD CONSTRAINT strip_pkey PRIMARY KEY (alarm, device, mdc, start);

ALTER TABLE ONLY public.tenure
    ADD CONSTRAINT tenure_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.token
    ADD CONSTRAINT token_id_key UNIQUE (id);

ALTER TABLE ONLY public.token
    ADD CONSTRAINT token_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.unit
    ADD CONSTRAINT unit_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.ward_command
    ADD CONSTRAINT ward_command_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ward_file
    ADD CONSTRAINT ward_file_pkey PRIMARY KEY (digest);

CREATE INDEX alarm_episode_closed_at_idx ON public.alarm_episode USING btree (closed_at) WHERE (device_key <> ''::text);

CREATE INDEX alarm_episode_encounter_onset_idx ON public.alarm_episode USING btree (encounter, onset);

CREATE INDEX alarm_episode_onset_idx ON public.alarm_episode USING btree (onset) WHERE (state <> 'closed'::text);

CREATE INDEX alarm_episode_unit_onset_idx ON public.alarm_episode USING btree (unit, onset);

CREATE INDEX alarm_event_at_idx ON public.alarm_event USING btree (at);

CREATE INDEX association_device_since_idx ON public.association USING btree (device, since);

CREATE INDEX association_encounter_idx ON public.association USING btree (encounter);

CREATE INDEX association_unit_bed_since_idx ON public.association USING btree (unit, bed, since);

CREATE INDEX audit_at_idx ON public.audit USING btree (at);

CREATE INDEX correction_device_received_at_idx ON public.correction USING btree (device, received_at);

CREATE INDEX correction_received_at_idx ON public.correction USING btree (received_at);

CREATE INDEX encounter_discharged_at_idx ON public.encounter USING btree (discharged_at);

CREATE INDEX encounter_patient_admitted_at_idx ON public.encounter USING btree (patient, admitted_at);

CREATE INDEX message_key_received_at_idx ON public.message_key USING btree (received_at);

CREATE INDEX observation_form_device_idx ON public.observation_form USING btree (device);

CREATE INDEX patient_identifier_value_idx ON public.patient_identifier USING btree (value);

CREATE INDEX patient_merged_into_idx ON public.patient USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX session_staff_idx ON public.session USING btree (staff);

CREATE UNIQUE INDEX staff_login ON public.staff USING btree (lower(login));

CREATE UNIQUE INDEX token_name ON public.token USING btree (name) WHERE (revoked_at IS NULL);

CREATE INDEX ward_command_submitted_at_idx ON public.ward_command USING btree (submitted_at) WHERE (status = 'pending'::text);

ALTER INDEX public.infusion_event_pkey ATTACH PARTITION public.infusion_event_default_pkey;

ALTER INDEX public.infusion_report_pkey ATTACH PARTITION public.infusion_report_default_pkey;

ALTER INDEX public.message_pkey ATTACH PARTITION public.message_default_pkey;

ALTER INDEX public.observation_pkey ATTACH PARTITION public.observation_default_pkey;

CREATE CONSTRAINT TRIGGER command_in_time AFTER INSERT ON public.command DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.command_in_time();

CREATE TRIGGER ward_command_changed AFTER INSERT OR UPDATE ON public.ward_command FOR EACH ROW EXECUTE FUNCTION public.ward_command_changed();

ALTER TABLE ONLY public.alarm_event
    ADD CONSTRAINT alarm_event_episode_fkey FOREIGN KEY (episode) REFERENCES public.alarm_episode(id);

ALTER TABLE ONLY public.association
    ADD CONSTRAINT association_device_fkey FOREIGN KEY (device) REFERENCES public.device(key);

ALTER TABLE ONLY public.correction
    ADD CONSTRAINT correction_device_fkey FOREIGN KEY (device) REFERENCES public.device(key);

ALTER TABLE ONLY public.encounter
    ADD CONSTRAINT encounter_patient_fkey FOREIGN KEY (patient) REFERENCES public.patient(id);

ALTER TABLE ONLY public.infusion_channel
    ADD CONSTRAINT infusion_channel_device_fkey FOREIGN KEY (device) REFERENCES public.device(key);

ALTER TABLE ONLY public.observation_form
    ADD CONSTRAINT observation_form_device_fkey FOREIGN KEY (device) REFERENCES public.device(key);

ALTER TABLE ONLY public.patient_identifier
    ADD CONSTRAINT patient_identifier_patient_fkey FOREIGN KEY (patient) REFERENCES public.patient(id);

ALTER TABLE ONLY public.patient
    ADD CONSTRAINT patient_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES public.patient(id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_staff_fkey FOREIGN KEY (staff) REFERENCES public.staff(id);

ALTER TABLE ONLY public.strip
    ADD CONSTRAINT strip_alarm_fkey FOREIGN KEY (alarm) REFERENCES public.alarm_episode(id);

ALTER TABLE ONLY public.strip
    ADD CONSTRAINT strip_device_fkey FOREIGN KEY (device) REFERENCES public.device(key);

GRANT USAGE ON SCHEMA public TO wardlight_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.alarm_episode TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.alarm_event TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.association TO wardlight_app;

GRANT UPDATE(ended_by) ON TABLE public.association TO wardlight_app;

GRANT UPDATE(during) ON TABLE public.association TO wardlight_app;

GRANT UPDATE(ended_by_whom) ON TABLE public.association TO wardlight_app;

GRANT UPDATE(end_recorded_at) ON TABLE public.association TO wardlight_app;

GRANT UPDATE(cut_by) ON TABLE public.association TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.audit TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.command TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.correction TO wardlight_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.device TO wardlight_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.encounter TO wardlight_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.infusion_channel TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.infusion_event TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.infusion_report TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.message TO wardlight_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.message_key TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.no_surveillance TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.observation TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.observation_form TO wardlight_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.patient TO wardlight_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.patient_identifier TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.quarantine TO wardlight_app;

GRANT UPDATE(replayed_at) ON TABLE public.quarantine TO wardlight_app;

GRANT SELECT ON TABLE public.schema_rule TO wardlight_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.session TO wardlight_app;

GRANT UPDATE(seen_at) ON TABLE public.session TO wardlight_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.settings TO wardlight_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.staff TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.strip TO wardlight_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.tenure TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.token TO wardlight_app;

GRANT UPDATE(revoked_at) ON TABLE public.token TO wardlight_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.unit TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.ward_command TO wardlight_app;

GRANT UPDATE(status) ON TABLE public.ward_command TO wardlight_app;

GRANT UPDATE(result) ON TABLE public.ward_command TO wardlight_app;

GRANT UPDATE(finished_at) ON TABLE public.ward_command TO wardlight_app;

GRANT SELECT,INSERT ON TABLE public.ward_file TO wardlight_app;
