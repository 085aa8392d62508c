<%def name="fields(row)">\
<div class="knobs span">
% for prefix, date, time in row.fields:
<span class="moment"><span class="zone">${"from" if prefix == "start" else "to"}</span>
<input name="${prefix}_date" value="${date}" size="10" maxlength="10" pattern="\d{4}-?\d{2}-?\d{2}" inputmode="numeric" autocomplete="off" aria-label="${"Start" if prefix == "start" else "End"}, date" title="A date such as 2026-11-22">
<input name="${prefix}_time" value="${time}" size="5" maxlength="5" pattern="([01]?\d|2[0-3]):?[0-5]\d" inputmode="numeric" autocomplete="off" aria-label="${"Start" if prefix == "start" else "End"}, time in ${row.zone}" title="A time such as 18:30, in ${row.zone}"></span>
% endfor
% for name, value in row.kept:
<input type="hidden" name="${name}" value="${value}">
% endfor
<button type="submit">Go</button>
</div>
</%def>\
