% if found.problem:
<p class="plot-fault" role="status">${found.problem}</p>
% elif not found.charts:
<p class="moved-count">${found.counted} None of them moved.</p>
% else:
<p class="moved-count">${found.counted} ${found.heading}</p>
<ol class="moved">
% for chart in found.charts:
<li>
<h2><a href="${chart.address}">${chart.label}</a>\
% if chart.own:
 <small>of the plot itself</small>\
% endif
</h2>
<p>${show.sentence(chart.sentence)}</p>
% if chart.drawing:
<a class="small-chart" href="${chart.address}" tabindex="-1">${chart.drawing}</a>
% endif
</li>
% endfor
</ol>
% endif
