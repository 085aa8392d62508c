<%inherit file="site.mako"/>\
<%namespace name="plots" file="plot_span.mako"/>\
<%def name="head()">\
<link rel="stylesheet" href="${show.links.static('bundle/plot.css')}">
</%def>\
<%def name="time_machine()">\
<form class="time-machine" action="${show.links.plot_part('moved/')}" method="get" aria-label="Span that is compared">
${plots.fields(row)}
</form>
</%def>\
<div class="plot-page">
<header class="heading">
<h1>What else moved?</h1>
<p class="state">\
% if not state.problem:
${show.clock.full(state.begin)} to ${"now" if state.live else show.clock.full(state.end)}, against the four times as long time before it\
% if to_plot:
 · <a href="${to_plot}">back to the plot</a>\
% endif
% endif
</p>
</header>
% if state.problem:
<p class="plot-fault" role="alert">${state.problem}</p>
% endif
${part}
</div>
