<%inherit file="site.mako"/>\
<% links, view, table, chart = show.links, state.view, state.table, state.chart %>\
<%def name="moment_fields()">\
% for name, value in show.links.parameters.items():
<input type="hidden" name="${name}" value="${value}">
% endfor
</%def>\
<div class="run-plot">
<header class="heading">
<h1>${state.heading}</h1>
% if view and table:
<p class="state"><a href="${links.category(view.outline.category, view.outline.name)}">${view.outline.title}</a>, ${table.label}, run of ${show.clock.full(moment.run.time)}</p>
% endif
</header>
% if state.problem:
<p class="fault" role="alert">${state.problem}</p>
% endif
% if not (view or state.problem):
<p>The rows of one run as bars, as a histogram, or as points. Which rows?</p>
% endif
% if state.plot:
<figure class="card whole rows-figure">
% if state.drawing:
${state.drawing}
% else:
<p>No row has a value to show here.</p>
% endif
<figcaption>${state.legend}</figcaption>
</figure>
<p class="more">
% for format in ("png", "svg", "pdf", "csv", "json"):
<a href="${links.run_plot_with(state.parameters | {'format': format}, 'data' if format in ('csv', 'json') else 'img')}">${format.upper()}</a>
% endfor
</p>
% endif
<form class="pick" action="${links.run_plot_path()}" method="get" aria-label="Rows">
${moment_fields()}\
<label>Rows <select name="rows">
% if not (view and table):
<option value="">–</option>
% endif
% for title, choices in rows:
<optgroup label="${title}">
% for choice in choices:
<option value="${choice.value}"${Markup(" selected") if choice.chosen else ""}>${choice.label}</option>
% endfor
</optgroup>
% endfor
</select></label>
<button type="submit">Show</button>
</form>
% if table:
<form class="pick" action="${links.run_plot_path()}" method="get" aria-label="Chart">
${moment_fields()}\
% for name, value in state.rest("type", "x", "bins"):
<input type="hidden" name="${name}" value="${value}">
% endfor
<% kind = chart.kind if chart else state.parameters.get("type", "bars") %>\
<% x = chart.x if chart else state.parameters.get("x", "") %>\
<label>Chart <select name="type">
% for value, label in kinds.items():
<option value="${value}"${Markup(" selected") if value == kind else ""}>${label}</option>
% endfor
</select></label>
<fieldset><legend>Numbers</legend>
% for number, column in enumerate((column for column in table.columns if column.numeric), 1):
<label><input type="checkbox" name="y_${number}" value="${column.name}"${Markup(" checked") if chart and column.name in chart.columns else ""}> ${column.label}</label>
% endfor
</fieldset>
<label>Bars named by, or to the right <select name="x">
<option value="">–</option>
% for column in table.columns:
% if column.kind not in ("file", "time"):
<option value="${column.name}"${Markup(" selected") if column.name == x else ""}>${column.label}</option>
% endif
% endfor
</select></label>
<label>Steps of a histogram <input name="bins" value="${state.parameters.get('bins', '')}" size="4" maxlength="3" inputmode="numeric" placeholder="auto"></label>
<button type="submit">Draw</button>
</form>
<p class="over-time">Over time: \
% for label, address in state.over_time(links):
${"" if loop.first else " · "}<a href="${address}">${label}</a>\
% endfor
</p>
% endif
<% heads, lines = state.lines %>\
% if lines:
<div class="frame tall" tabindex="0" role="region" aria-label="Values"><table>
<thead><tr>
% for head in heads:
<th scope="col"${"" if loop.first else Markup(' class="number"')}>${head}</th>
% endfor
</tr></thead>
<tbody>
% for line in lines:
<tr>
% for cell in line:
% if loop.first:
<th scope="row">${cell}</th>
% else:
<td class="number">${cell}</td>
% endif
% endfor
</tr>
% endfor
</tbody></table></div>
% endif
</div>
