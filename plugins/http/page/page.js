/* SPDX-License-Identifier: MIT */
/* The status page: what /events tells, written into the page in place. */
"use strict";

const SILENCE = 5000; /* ms without a word after which the connection is made anew */
const SHOWN = 120; /* seconds that a sparkline shows */
const RATED = 5; /* seconds over which events are counted for a rate */
const STALE = 10; /* seconds without news after which a value is dimmed, if it is read more often */

const LEVELS = {
	found: "busy", judged: "busy", loaded: "busy", starting: "busy", draining: "busy",
	running: "good", stopped: "off", unloaded: "off",
	failed: "bad", quarantined: "bad", zombie: "bad",
};
const GROUPS = {
	cpu: "Processors", memory: "Memory", load: "Load",
	temperature: "Temperature", disk: "Disks", network: "Network",
};
/* Names of one part only, or of a group too small for a card of its own. */
const GUESTS = { swap: "memory", uptime: "load" };

const counts = new Map(); /* of a plugin: its counters of the last seconds */
const sensors = new Map(); /* of a name: { unit, samples: [{ at, value }], moved } */
let alerts = [];
let host = null; /* as in /api/plugins, or null while nobody tells */

const byId = id => document.getElementById(id);
const now = () => performance.now() / 1000;

/* ---- text ---- */

const number = digits => {
	const format = new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
	return value => format.format(value);
};
const whole = number(0), tenths = number(1), hundredths = number(2);

function span(seconds) {
	const parts = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
	const rest = Math.max(0, Math.floor(seconds));
	const first = parts.findIndex(([, size]) => rest >= size || size === 1);
	const words = [`${Math.floor(rest / parts[first][1])} ${parts[first][0]}`];

	if (first < 2)
		words.push(`${Math.floor(rest % parts[first][1] / parts[first + 1][1])} ${parts[first + 1][0]}`);
	return words.join(" ");
}

const since = start => span(Date.now() / 1000 - start);

function bytes(value) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
	let unit = 0;

	for (; Math.abs(value) >= 1000 && unit < units.length - 1; unit++)
		value /= 1024;
	return `${unit === 0 ? whole(value) : tenths(value)} ${units[unit]}`;
}

const UNITS = {
	percent: value => `${tenths(value)} %`,
	bytes: bytes,
	celsius: value => `${tenths(value)} °C`,
	bytes_per_second: value => `${bytes(value)}/s`,
	count: hundredths,
	seconds: span,
};
const human = (value, unit) => value === null ? "–" : (UNITS[unit] || String)(value);

/* ---- the page ---- */

/* Writes only what has changed: what somebody has selected stays so. */
function fill(node, fields) {
	for (const [name, value] of Object.entries(fields)) {
		const slot = node.querySelector(`[data-is="${name}"]`);

		if (slot.textContent !== value)
			slot.textContent = value;
	}
}

/* One child a key, in the order of the items; a child that stays is not touched but by its filler. */
function list(parent, template, items, key, filler) {
	const wanted = new Set(items.map(key));
	const children = new Map();

	for (const child of Array.from(parent.children)) {
		if (wanted.has(child.dataset.key))
			children.set(child.dataset.key, child);
		else
			child.remove();
	}
	let place = parent.firstElementChild;
	for (const item of items) {
		let child = children.get(key(item));

		if (!child) {
			child = byId(template).content.firstElementChild.cloneNode(true);
			child.dataset.key = key(item);
		}
		if (child === place)
			place = place.nextElementSibling;
		else
			parent.insertBefore(child, place);
		filler(child, item);
	}
}

/* ---- plugins, services, topics ---- */

/* Events per second over the last few; a counter that went back is that of a new start. */
function rate(plugin, name) {
	const [first] = counts.get(plugin.name);
	const seconds = now() - first.at;

	return seconds < 0.5 ? "" : tenths((plugin[name] - first[name]) / seconds);
}

function count(plugin) {
	const list = counts.get(plugin.name) || [];
	const last = list[list.length - 1];

	if (last && (plugin.published < last.published || plugin.delivered < last.delivered))
		list.length = 0;
	list.push({ at: now(), published: plugin.published, delivered: plugin.delivered });
	while (list.length > 2 && list[1].at < now() - RATED)
		list.shift();
	counts.set(plugin.name, list);
}

const level = plugin => plugin.dormant ? "off" : LEVELS[plugin.state] || "busy";
const words = (label, names) =>
	names.length ? `${label} ${names.map(name => name.replace(" ", "\u00a0")).join(", ")}` : "";

function fillPlugin(row, plugin) {
	count(plugin);
	row.dataset.level = level(plugin);
	fill(row, {
		name: plugin.name,
		version: plugin.version,
		summary: plugin.summary,
		state: plugin.dormant ? "dormant" : plugin.state,
		since: since(plugin.since),
		reason: plugin.state === "running" ? "" : plugin.reason,
		provides: words("provides", plugin.provides),
		needs: words("needs", plugin.needs),
		wishes: words("wants", plugin.wishes),
		published: rate(plugin, "published"),
		delivered: rate(plugin, "delivered"),
		queued: whole(plugin.queued),
		dropped: whole(plugin.dropped),
		starts: whole(plugin.starts),
	});
}

function fillService(row, service) {
	fill(row, {
		interface: service.interface,
		version: service.version,
		plugin: service.plugin,
		dormant: service.dormant ? "dormant" : "",
		rank: whole(service.rank),
		uses: whole(service.uses),
	});
}

function fillTopic(row, topic) {
	fill(row, {
		name: topic.name,
		published: whole(topic.published),
		publishers: whole(topic.publishers),
		subscribers: whole(topic.subscribers),
	});
}

function showHost(told) {
	const section = byId("plugins");
	const note = section.querySelector(".note");

	host = told.plugins ? told : null;
	section.hidden = false;
	note.hidden = Boolean(host);
	section.querySelector("table").hidden = !host;
	document.querySelector(".beside").hidden = !host;
	showHealth();
	if (!host) {
		note.textContent = `This host tells nothing of its plugins: ${told.error}.`;
		return;
	}
	fill(byId("host"), {
		name: host.host.name,
		about: `Corbel ${host.host.version}, up ${since(host.host.started)}, process ${host.host.pid}`,
	});
	fill(byId("services"), { count: whole(host.services.length) });
	fill(byId("topics"), { count: whole(host.topics.length) });
	list(section.querySelector("tbody"), "plugin", host.plugins, plugin => plugin.name, fillPlugin);
	list(byId("services").querySelector("tbody"), "service", host.services,
		service => `${service.interface} ${service.version} ${service.plugin}`, fillService);
	list(byId("topics").querySelector("tbody"), "topic", host.topics, topic => topic.name, fillTopic);
}

/* ---- health and alerts ---- */

const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

function health() {
	const of = name => host.plugins.filter(plugin => level(plugin) === name && !plugin.dormant);

	if (alerts.length)
		return ["bad", plural(alerts.length, "alert")];
	if (!host)
		return ["wait", "no word of plugins"];
	if (of("bad").length)
		return ["bad", `${plural(of("bad").length, "plugin")} failed`];
	if (of("busy").length)
		return ["busy", `${plural(of("busy").length, "plugin")} on the way`];
	if (of("off").length)
		return ["off", `${plural(of("off").length, "plugin")} stopped`];
	return ["good", "all is well"];
}

function showHealth() {
	const [level, word] = health();

	byId("health").hidden = false;
	byId("health").dataset.level = level;
	fill(byId("health"), { word: word });
	document.title = `${host ? host.host.name : "Corbel"}: ${word}`;
}

function fillAlert(item, alert) {
	const sensor = sensors.get(alert.sensor);

	fill(item, {
		rule: alert.rule,
		value: human(alert.value, sensor && sensor.unit),
		expression: alert.expression,
		since: `since ${new Date(alert.since * 1000).toLocaleString()}`,
	});
}

function showAlerts(told) {
	alerts = told.alerts || [];
	byId("alerts").hidden = alerts.length === 0;
	list(byId("alerts").querySelector("ul"), "alert", alerts, alert => alert.rule, fillAlert);
	showHealth();
}

/* ---- sensors ---- */

const head = name => name.split(".", 1)[0];
const group = name => GUESTS[head(name)] || head(name);

/* What the title of its group does not say already. */
function label(name) {
	const rest = group(name) === head(name) ? name.slice(head(name).length + 1) : name;

	return rest.replaceAll(".", " ");
}

/* The whole before its parts, and what is numbered by number. */
function order(a, b) {
	return a.split(".").length - b.split(".").length || a.localeCompare(b, "en", { numeric: true });
}

function orderGroups(a, b) {
	const place = name => Object.keys(GROUPS).concat(name).indexOf(name);

	return place(a) - place(b) || order(a, b);
}

function learn(told) {
	const named = new Set(told.map(sensor => sensor.name));

	for (const name of sensors.keys()) {
		if (!named.has(name))
			sensors.delete(name);
	}
	for (const { name, value, unit, at } of told) {
		const sensor = sensors.get(name) || { samples: [], at: -Infinity };

		if (at > sensor.at && value !== null)
			sensor.samples.push({ at: at, value: value });
		if (at !== sensor.at)
			sensor.moved = now();
		sensors.set(name, Object.assign(sensor, { name, value, unit, at }));
	}
}

/* Sensors of one head and unit share a scale: "used" is seen against "total", "sent" beside "received". */
function scales(newest) {
	const tops = new Map();

	for (const sensor of sensors.values()) {
		const scale = `${head(sensor.name)} ${sensor.unit}`;

		while (sensor.samples.length && sensor.samples[0].at < newest - SHOWN)
			sensor.samples.shift();
		sensor.scale = scale;
		tops.set(scale, sensor.samples.reduce((top, sample) => Math.max(top, sample.value),
			tops.get(scale) || (sensor.unit === "percent" ? 100 : 0)));
	}
	return tops;
}

/* The shortest time between two samples: how often the sensor is read. */
function period(samples) {
	return samples.slice(1).reduce(
		(shortest, sample, i) => Math.min(shortest, sample.at - samples[i].at), SHOWN);
}

/* Draws a stretch for each time in which samples came, and nothing where they did not. */
function draw(svg, sensor, newest, top) {
	const { samples } = sensor;
	const gap = 3 * period(samples);
	let line = "", area = "", last = null;

	for (const [i, { at, value }] of samples.entries()) {
		const x = (SHOWN - (newest - at)).toFixed(1);
		const y = (23 - 22 * Math.max(0, value) / (top || 1)).toFixed(1);
		const joins = i > 0 && at - samples[i - 1].at <= gap;

		line += `${joins ? "L" : "M"}${x} ${y}`;
		area += joins ? `L${x} ${y}` : `${last === null ? "" : `L${last} 24Z`}M${x} 24L${x} ${y}`;
		last = x;
	}
	svg.querySelector(".line").setAttribute("d", line);
	svg.querySelector(".area").setAttribute("d", last === null ? "" : `${area}L${last} 24Z`);
}

function showSensors(told) {
	learn(told.sensors || []);
	const newest = Math.max(...Array.from(sensors.values(), sensor => sensor.at));
	const tops = scales(newest);
	const names = Array.from(sensors.keys()).sort(order);
	const groups = Array.from(new Set(names.map(group))).sort(orderGroups);

	function fillSensor(item, sensor) {
		const silent = now() - sensor.moved;

		item.title = sensor.name;
		item.classList.toggle("stale", silent > STALE && silent > 3 * period(sensor.samples));
		fill(item, { label: label(sensor.name), value: human(sensor.value, sensor.unit) });
		if (sensor.unit !== "seconds")
			draw(item.querySelector("svg"), sensor, newest, tops.get(sensor.scale));
	}

	function fillGroup(section, name) {
		const members = names.filter(member => group(member) === name).map(member => sensors.get(member));

		fill(section, { title: GROUPS[name] || name });
		list(section.querySelector("ul"), "sensor", members, sensor => sensor.name, fillSensor);
	}

	byId("sensors").hidden = groups.length === 0;
	list(document.querySelector(".groups"), "group", groups, name => name, fillGroup);
}

/* ---- the connection ---- */

let source, silence;

/* The browser tries again by itself after most errors; the timer does after the others, and after a silence. */
function connect() {
	source = new EventSource("events");
	source.addEventListener("plugins", event => hear(showHost, event));
	source.addEventListener("sensors", event => hear(showSensors, event));
	source.addEventListener("alerts", event => hear(showAlerts, event));
	source.addEventListener("error", lose);
	silence = setTimeout(reconnect, SILENCE);
}

function reconnect() {
	lose();
	source.close();
	connect();
}

function lose() {
	byId("lost").hidden = false;
}

function hear(show, event) {
	clearTimeout(silence);
	silence = setTimeout(reconnect, SILENCE);
	byId("lost").hidden = true;
	show(JSON.parse(event.data));
}

connect();
