<%inherit file="site.mako"/>\
<%namespace name="plots" file="plot_span.mako"/>\
<%def name="head()">\
<link rel="stylesheet" href="${show.links.static('bundle/plot.css')}">
<script src="${show.links.static('bundle/plot.js')}" defer></script>
</%def>\
<%def name="time_machine()">\
<form class="time-machine" action="${show.links.plots_page()}" method="get" aria-label="Span of the plot">
% for group in row.knobs:
<div class="knobs">
% for knob in group:
<a class="knob${' step' if len(knob.label) == 1 else ' now' if knob.go == 'now' else ''}" data-go="${knob.go}" href="${knob.address}" aria-label="${knob.name}" title="${knob.name}"${Markup(' aria-current="true"') if knob.current else ""}>${knob.label}</a>
% endfor
</div>
% endfor
${plots.fields(row)}
</form>
</%def>\
<div class="plot-page">
<header class="heading">
<h1>${state.heading}</h1>
<p class="state">\
% if state.curves and not state.problem:
${show.clock.full(state.begin)} to ${"now" if state.live else show.clock.full(state.end)}\
% endif
</p>
</header>
% if state.problem:
<p class="plot-fault" role="alert">${state.problem}</p>
% endif
<section id="hf-plot" class="plot${'' if state.curves else ' empty'}" data-keep aria-label="Plot" data-data="${show.links.plot_part('time/data')}" data-image="${show.links.plot_part('time/img')}" data-choices="${show.links.plot_part('choices')}" data-keys="${show.links.plot_part('keys')}" data-moved="${show.links.plot_part('moved/')}" data-category="${show.links.category_path('')}" data-zone="${show.clock.zone}" data-reload="${show.reload_interval}">
<div class="chart-place"><p class="plot-problem" role="alert" hidden></p><div class="chart">\
% if state.curves and not state.problem:
<noscript><img src="${image}" alt="${state.heading}"></noscript>\
% endif
</div></div>
<p class="readout"></p>
<ul class="curves">
% for label in state.labels:
<li>${label}</li>
% endfor
</ul>
<div class="tools"></div>
<details class="changes" id="hf-plot-changes" hidden></details>
</section>
<noscript>
<form class="plot-form" action="${show.links.plots_page()}" method="get">
% for name, value in form_kept:
<input type="hidden" name="${name}" value="${value}">
% endfor
% for name, value in state.curves:
<label>Curve <input name="${name}" value="${value}" size="60" aria-label="${name}"></label>
% endfor
<label>One more curve <select name="${state.new_curve}"><option value="">–</option>
% for title, numbers in choices.numbers:
<optgroup label="${title}">
% for choice in numbers:
<option value="${choice.curve}">${choice.label}</option>
% endfor
</optgroup>
% endfor
</select></label>
<label>Numbers of the category <select name="from">
% for name, title in choices.categories:
<option value="${name}"${Markup(" selected") if name == choices.picked else ""}>${title}</option>
% endfor
</select></label>
% for name, label in (("title", "Title"), ("ylabel", "Label of the axis")):
<label>${label} <input name="${name}" value="${state.parameters.get(name, '')}"></label>
% endfor
<label>Legend <select name="legend">
% for number, place in enumerate(legend_places):
<option value="${number}"${Markup(" selected") if str(number) == state.parameters.get("legend", "0") else ""}>${place}</option>
% endfor
<option value="none"${Markup(" selected") if state.parameters.get("legend") == "none" else ""}>none</option>
</select></label>
<button type="submit">Draw</button>
</form>
<p class="more">
% for format in ("png", "svg", "pdf", "csv", "json"):
<a href="${address_of(format)}">${format.upper()}</a>
% endfor
% if state.curves:
<a href="${to_moved}">What else moved?</a>
% endif
</p>
</noscript>
<p class="more"><a href="${show.links.run_plot()}">Plots of one run</a></p>
</div>
