<%namespace name="parts" file="trouble_parts.mako"/>\
<ul class="trouble">
% for view in first:
${parts.item(view, titles)}
% endfor
</ul>
<ul class="trouble" id="hf-rest-list">
% for view in rest:
${parts.item(view, titles)}
% endfor
</ul>
% if unreached:
<h2>${count_of(len(unreached), "thing", "things")} could not be looked at</h2>
<ul class="plain" id="hf-unreached-list">
% for view in unreached:
<li>${parts.place(view, titles)}</li>
% endfor
</ul>
% endif
