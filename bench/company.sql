-- A company of %(people)s people and %(deals)s deals: every value is worked out from the row's own number.

-- People, teams, money, products
ALTER TABLE contacts_company ALTER COLUMN custom SET DEFAULT '{}';
ALTER TABLE contacts_contact ALTER COLUMN custom SET DEFAULT '{}';
ALTER TABLE pipeline_deal ALTER COLUMN custom SET DEFAULT '{}';
ALTER TABLE crm_user ALTER COLUMN has_shortcuts SET DEFAULT true;
INSERT INTO crm_team (id, name, parent_id, position, external_id)
SELECT 1, 'Penstock', NULL, 0, '' UNION ALL
SELECT 1 + r, 'Region ' || r, 1, r, '' FROM generate_series(1, %(regions)s) r UNION ALL
SELECT 100 + t, 'Team ' || t, 2 + (t - 1) / 5 %% %(regions)s, t, '' FROM generate_series(1, %(teams)s) t;
INSERT INTO crm_user (id, password, email, name, role, reads, writes, language, theme, is_active, created_at, external_id)
SELECT i, '!', 'person' || i || '@example.com', 'Person ' || i, CASE WHEN i %% 10 = 1 THEN 'manager' ELSE 'rep' END,
       '', '', '', '', true, now(), '' FROM generate_series(1, %(people)s) i UNION ALL
SELECT %(people)s + 1, '!', 'admin@example.com', 'Admin', 'admin', '', '', '', '', true, now(), '';
INSERT INTO crm_membership (user_id, team_id, is_manager, starts_on)
SELECT i, 101 + (i - 1) / 10 %% %(teams)s, i %% 10 = 1, current_date - 1500 FROM generate_series(1, %(people)s) i;
INSERT INTO crm_exchangerate (currency_id, base_id, "on", rate, recorded_at)
SELECT c, 'EUR', current_date - 1500, r, now() - interval '1500 days' FROM (VALUES ('USD', 0.9), ('GBP', 1.15)) v(c, r);
INSERT INTO contacts_source (id, name, position, is_active)
SELECT i, 'Source ' || i, i, true FROM generate_series(1, 8) i;
INSERT INTO pipeline_product (id, name, code, family, unit_price, currency_id, is_active, external_id)
SELECT i, 'Product ' || i, 'P' || i, 'Family ' || i %% 5, 100 + i * 13, 'EUR', true, '' FROM generate_series(1, 40) i;

-- Names as varied as people's own
CREATE FUNCTION pg_temp.name(i bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT initcap(
    (ARRAY['hal', 'ber', 'lin', 'mor', 'tal', 'vel', 'kor', 'ste', 'gra', 'wes', 'nor', 'sal', 'dra', 'ful', 'ein', 'ost', 'tri'])[1 + i %% 17] ||
    (ARRAY['den', 'ma', 'gro', 'ti', 'len', 'wick', 'ra', 'sto', 'bri', 'kel', 'na', 'vo', 'ther'])[1 + i / 17 %% 13] ||
    (ARRAY['burg', 'tal', 'ix', 'um', 'feld', 'on', 'ia', 'stad', 'berg', 'ova', 'dorf'])[1 + i / 221 %% 11]) $$;
CREATE FUNCTION pg_temp.thing(i bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT
    (ARRAY['Telemetry', 'Level sensors', 'Pump station', 'Leak detection', 'Valve control', 'Smart meters', 'Gateway', 'Support contract',
           'Renewal', 'Data logger', 'Pressure zone', 'Turbine service', 'Dashboard', 'Filter upgrade', 'Remote access', 'Training',
           'Flow metering', 'Backup power', 'Site survey'])[1 + i %% 19] $$;

-- Companies and contacts
INSERT INTO contacts_company (id, owner_id, team_id, external_id, version, created_at, name, website, phone, sector,
                              country, employees, note)
SELECT i, o, 101 + (o - 1) / 10 %% %(teams)s, 'C' || i, 1, now(), pg_temp.name(i) || ' ' || (ARRAY['Water', 'Energy', 'Works', 'Metering', 'Utilities', 'Group', 'Systems', 'Ltd'])[1 + i / 7 %% 8], 'https://www.' || lower(pg_temp.name(i)) || i || '.example', '', 'Sector ' || i %% 12,
       (ARRAY['DE', 'FR', 'BG', 'VN', 'US'])[1 + i %% 5], i %% 900, ''
FROM generate_series(1, %(companies)s) i, LATERAL (SELECT 1 + i %% %(people)s AS o) owner;
INSERT INTO contacts_contact (id, owner_id, team_id, external_id, version, created_at, name, email, phone, note)
SELECT id, owner_id, team_id, '', 1, now(), pg_temp.name(id * 7) || ' ' || pg_temp.name(id * 13 + 5), 'contact' || id || '@example.com', '', ''
FROM contacts_company;
INSERT INTO contacts_position (contact_id, company_id, title) SELECT id, id, 'Buyer' FROM contacts_contact;

-- Open deals were opened in the last 200 days, closed ones in the last three years
CREATE TEMP TABLE drawn AS
SELECT i, is_open, stage, outcome, owner, opened_at, closed_at,
       least(now(), CASE WHEN is_open THEN opened_at + (now() - opened_at) * pg_temp.chance(i, 4) ELSE closed_at END) AS since,
       round(exp(7.6 + 2.2 * (pg_temp.chance(i, 5) + pg_temp.chance(i, 6) + pg_temp.chance(i, 7) - 1))::numeric, 2) AS amount,
       (ARRAY['EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'USD', 'USD', 'GBP'])[1 + (10 * pg_temp.chance(i, 8))::int %% 10]
           AS currency
FROM (
    SELECT i, is_open, 1 + (i * 7919) %% %(people)s AS owner, opened_at,
           CASE WHEN NOT is_open THEN opened_at + pg_temp.chance(i, 2) * least(now() - opened_at, interval '115 days') END AS closed_at,
           CASE WHEN is_open THEN (ARRAY[1, 1, 1, 1, 2, 2, 2, 3, 3, 4])[1 + (10 * pg_temp.chance(i, 3))::int %% 10]
                WHEN pg_temp.chance(i, 3) < 0.45 THEN 5 ELSE 6 END AS stage,
           CASE WHEN is_open THEN 'open' WHEN pg_temp.chance(i, 3) < 0.45 THEN 'won' ELSE 'lost' END AS outcome
    FROM (
        SELECT i, i <= %(open)s AS is_open,
               now() - interval '1 day' * CASE WHEN i <= %(open)s THEN 1 + 200 * pg_temp.chance(i, 1) ELSE 15 + 1080 * pg_temp.chance(i, 1) END
                   AS opened_at
        FROM generate_series(1::bigint, %(deals)s) i
    ) AS opened
) AS staged;
INSERT INTO pipeline_deal (
    id, owner_id, team_id, external_id, version, created_at, pipeline_id, stage_id, outcome, rank, title, company_id,
    source_id, amount, currency_id, amount_from_lines, probability_override, category_override, expected_close_on,
    pushes, pushed_days, closed_on, base_amount, base_rate, win_reason_id, loss_reason_id, competitor, closing_note,
    lost_from_id, opened_at, stage_since, touched_at, next_step_id, has_full_history, archived_at)
SELECT i, owner, 101 + (owner - 1) / 10 %% %(teams)s, '', CASE WHEN is_open THEN stage ELSE 3 END, opened_at,
       s.pipeline_id, s.id, outcome, '8' || lpad(upper(to_hex((pg_temp.chance(i, 9) * 4294967295)::bigint)), 8, '0') || upper(to_hex(i)) || '1',
       pg_temp.thing(i * 7) || ' for ' || i %% 40 || ' ' || lower(pg_temp.thing(i / 19)) || 's, ' || pg_temp.name(i * 5 + i / 2431),  1 + i * 31 %% %(companies)s, 1 + i %% 8, amount, currency, false,
       CASE WHEN pg_temp.chance(i, 10) < 0.1 THEN round((100 * pg_temp.chance(i, 11))::numeric) END,
       CASE WHEN pg_temp.chance(i, 12) < 0.05 THEN 'commit' ELSE '' END,
       CASE WHEN is_open AND pg_temp.chance(i, 13) < 0.03 THEN NULL
            WHEN is_open THEN current_date - 20 + (180 * pg_temp.chance(i, 14))::int ELSE closed_at::date END,
       0, 0, closed_at::date, CASE WHEN NOT is_open THEN round(amount * rate, 2) END, CASE WHEN NOT is_open THEN rate END,
       CASE outcome WHEN 'won' THEN w.id END, CASE outcome WHEN 'lost' THEN l.id END,
       CASE WHEN outcome = 'lost' AND i %% 3 = 0 THEN 'Competitor ' || i %% 7 ELSE '' END, '',
       CASE outcome WHEN 'lost' THEN first.id END, opened_at, since, since, NULL, true, NULL
FROM drawn
JOIN (SELECT id, pipeline_id, row_number() OVER (ORDER BY position) AS number FROM pipeline_stage) s ON s.number = stage
JOIN (VALUES ('EUR', 1.0), ('USD', 0.9), ('GBP', 1.15)) r(code, rate) ON r.code = currency
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS number FROM pipeline_winreason) w ON w.number = 1 + i %% 6
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS number FROM pipeline_lossreason) l ON l.number = 1 + i %% 6
CROSS JOIN (SELECT min(id) AS id FROM pipeline_stage) first;

-- What is sold, to whom, and what comes next
INSERT INTO pipeline_dealline (deal_id, product_id, quantity, unit_price, discount, total, position)
SELECT i, 1 + (i * 17 + n * 5) %% 40, n, round(amount / 3, 2), 0, round(amount / 3, 2) * n, n
FROM drawn, LATERAL generate_series(1, (3 * pg_temp.chance(i, 20))::int) n;
INSERT INTO pipeline_dealcontact (deal_id, contact_id, role)
SELECT i, 1 + i * 31 %% %(companies)s, 'decides' FROM drawn WHERE i %% 2 = 0;
INSERT INTO pipeline_activity (id, owner_id, team_id, external_id, version, created_at, deal_id, kind, subject, body,
                               due_on, created_by_id, updated_at)
SELECT i, owner, 101 + (owner - 1) / 10 %% %(teams)s, '', 1, now(), i, 'call', 'Call them', '',
       current_date + (30 * pg_temp.chance(i, 21))::int - 5, owner, now() FROM drawn WHERE is_open AND i %% 3 = 0;
UPDATE pipeline_deal d SET next_step_id = a.id FROM pipeline_activity a WHERE a.deal_id = d.id;

-- Each deal's way through the stages: opened, moved along, at last closed
INSERT INTO pipeline_dealchange (deal_id, version, verb, was, by_id, effective_at, recorded_at, known_at, pipeline_id, stage_id,
    outcome, owner_id, team_id, amount, currency_id, expected_close_on, category_override, closed_on, base_amount, is_archived,
    known_until)
SELECT d.id, n, CASE WHEN n = 1 THEN 'opened' WHEN n = d.version AND d.outcome <> 'open' THEN d.outcome ELSE 'moved' END,
       CASE WHEN n = 1 THEN '{}'::jsonb ELSE jsonb_build_object('stage_id', way[n - 1], 'rank', d.rank) END, d.owner_id,
       happened.at, happened.at, happened.at, d.pipeline_id,
       CASE WHEN n = d.version THEN d.stage_id ELSE way[n] END, CASE WHEN n = d.version THEN d.outcome ELSE 'open' END,
       d.owner_id, d.team_id, d.amount, d.currency_id, d.expected_close_on, '',
       CASE WHEN n = d.version THEN d.closed_on END, CASE WHEN n = d.version THEN d.base_amount END, false,
       coalesce(lead(happened.at) OVER (PARTITION BY d.id ORDER BY n), '9999-12-31')
FROM pipeline_deal d
CROSS JOIN (SELECT array_agg(id ORDER BY position) AS way FROM pipeline_stage) stages
CROSS JOIN LATERAL generate_series(1, d.version) n
CROSS JOIN LATERAL (SELECT d.opened_at + (d.stage_since - d.opened_at) * (n - 1) / greatest(d.version - 1, 1) AS at) happened;
INSERT INTO crm_event (at, kind, noun, object_id, actor_id, origin, data, owner_ids, team_ids, is_public)
SELECT recorded_at, 'deal.' || verb, 'deal', deal_id, by_id, '{"via": "ui"}', jsonb_build_object('version', version),
       ARRAY[owner_id], ARRAY[team_id], false
FROM (SELECT * FROM pipeline_dealchange ORDER BY recorded_at DESC LIMIT %(deals)s / 5) AS latest;

-- Quotas
INSERT INTO forecasting_quota (owner_id, starts_on, ends_on, unit, family, amount, currency_id, version)
SELECT i, month::date, (month + interval '1 month')::date, 'revenue', '', 50000, 'EUR', 1
FROM generate_series(1, %(people)s) i,
     generate_series(date_trunc('month', now()) - interval '35 months', date_trunc('month', now()) + interval '6 months',
                     interval '1 month') month;
