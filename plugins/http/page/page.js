// SPDX-License-Identifier: MIT
"use strict";
function fill(id, lines) {
	document.getElementById(id).replaceChildren(...lines.map(line => {
		const item = document.createElement("li");
		item.textContent = line;
		return item;
	}));
}
const source = new EventSource("events");
source.addEventListener("plugins", event => {
	const told = JSON.parse(event.data);
	fill("plugins", told.error ? [told.error] : told.plugins.map(plugin => `${plugin.name} ${plugin.state} ${plugin.reason}`));
});
source.addEventListener("sensors", event =>
	fill("sensors", JSON.parse(event.data).sensors.map(sensor => `${sensor.name} ${sensor.value} ${sensor.unit}`)));
