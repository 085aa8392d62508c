<%inherit file="base.mako"/>\
${next.body()}
<%def name="knob(address, label, name, kind='')">\
% if address:
<a class="knob ${kind}" href="${address}" aria-label="${name}" title="${name}">${label}</a>\
% else:
<span class="knob ${kind} off" aria-hidden="true">${label}</span>\
% endif
</%def>\
<%def name="time_machine()">\
<form class="time-machine" action="${knobs.action}" method="get" aria-label="Time machine">
<div class="knobs">
${knob(knobs.back, "‹", f"{knobs.width} back", "step")}
<select name="s" aria-label="Width of a step">
% for value, name, chosen in knobs.steps:
<option value="${value}"${Markup(" selected") if chosen else ""}>${name}</option>
% endfor
</select>
${knob(knobs.forward, "›", f"{knobs.width} forward", "step")}
</div>
<div class="knobs">
${knob(knobs.previous_change, "‹ change", "To the previous change")}
${knob(knobs.next_change, "change ›", "To the next change")}
</div>
<div class="knobs">
<input name="date" value="${knobs.date}" size="10" maxlength="10" pattern="\d{4}-?\d{2}-?\d{2}" inputmode="numeric" autocomplete="off" aria-label="Date" title="A date such as 2026-11-22">
<input name="time" value="${knobs.time}" size="5" maxlength="5" pattern="([01]?\d|2[0-3]):?[0-5]\d" inputmode="numeric" autocomplete="off" aria-label="Time in ${knobs.zone}" title="A time such as 18:30, in ${knobs.zone}">
<span class="zone" aria-hidden="true">${knobs.zone}</span>
% if knobs.fold:
<input type="hidden" name="fold" value="1">
% endif
% for name, value in knobs.kept:
<input type="hidden" name="${name}" value="${value}">
% endfor
<button type="submit">Go</button>
<a class="knob now" href="${knobs.now}"${"" if knobs.past else Markup(' aria-current="true"')}>Now</a>
</div>
</form>
</%def>\
<%def name="freshness()">\
<% newest, clock = moment.newest.time, show.clock %>\
% if moment.run_ahead:
<p class="fresh old">newest run ${clock.full(newest)} · yet to come</p>
% else:
<p class="fresh${' old' if show.stale(moment.newest) else ''}">newest run ${clock.time(newest)} ${clock.zone_name(newest)} · <time datetime="${clock.iso(newest)}" data-age="${max(0, int((clock.now - newest).total_seconds()))}">${clock.ago(min(newest, clock.now))}</time></p>
% endif
</%def>\
<%def name="notices()">\
<% clock = show.clock %>\
% if moment.in_future:
<p class="notice past" role="status">HappyFace is not an oracle: <b>${clock.full(moment.asked)}</b> lies in the future. This is the newest run, of ${clock.full(moment.run.time)}. <a href="${knobs.now}">Back to now</a></p>
% elif moment.before_first:
<p class="notice past" role="status">There is nothing for <b>${clock.full(moment.asked)}</b>. This is the first run, of <b>${clock.full(moment.run.time)}</b>, ${clock.ago(moment.run.time)}. <a href="${knobs.now}">Back to now</a></p>
% elif moment.asked:
<p class="notice past" role="status">You are looking at <b>${clock.full(moment.asked)}</b>, ${clock.ago(moment.asked)}.${late} <a href="${knobs.now}">Back to now</a></p>
% endif
% if show.stale(moment.newest) and (moment.asked is None or moment.in_future):
<p class="notice stale" role="status">The newest run is <b>${clock.age(moment.newest.time)} old</b>: acquisition seems to have stopped.</p>
% endif
% if moment.run_ahead:
<p class="notice stale" role="status">The newest run is of <b>${clock.full(moment.newest.time)}</b>, which is yet to come: the clock of some machine is wrong.</p>
% endif
% if moment.run.note:
<p class="notice note" role="status">${moment.run.note}</p>
% endif
</%def>\
<%def name="bar()">\
<nav class="bar${' many' if len(categories) > 12 else ''}" aria-label="Categories"><ul>
% for category in categories:
<li><a${Markup(' aria-current="page"') if category.outline.name == current else ""}${Markup(' class="unrated"') if category.outline.type == "unrated" else ""} href="${show.links.category(category.outline.name)}">${show.face(category.face)}${category.outline.title}</a></li>
% endfor
</ul></nav>
</%def>\
<%def name="foot()">\
<% clock, run = show.clock, moment.run %>\
<p>HappyFace · times are in ${clock.zone_name(run.time)} · the run of ${clock.full(run.time)} took ${human(run.seconds, "seconds")} · \
% if show.links.plots:
<a href="${show.links.plots_page()}">Plots</a> · \
% endif
<a href="${show.links.feed()}">XML feed</a></p>
</%def>\
