<%inherit file="site.mako"/>\
<%def name="trouble_item(view)">\
<li class="${view.face}">${show.face(view.face)}
<span class="target"><a href="${links.category(view.outline.category, view.outline.name)}">${view.outline.title}</a> <span class="where">${titles.get(view.outline.category, view.outline.category)}</span></span>
<span class="since">${clock.since(view.since)}</span>
<p>${show.sentence(view.sentence or fallback(view))}</p></li>
</%def>\
<div class="overview">
<section class="looks" aria-labelledby="hf-headline">
<h1 id="hf-headline">${headline}</h1>
% if looks or unreached:
<ul class="trouble">
% for view in looks[:most]:
${trouble_item(view)}
% endfor
% if unreached:
<li class="noinfo many">${show.face("noinfo")}
<span class="target"><b>${some(len(unreached), "thing", "things")} could not be looked at</b></span>
<p>${moment.run.note}</p>
<details id="hf-unreached"><summary>Which ones</summary><ul class="plain">
% for view in unreached:
<li><a href="${links.category(view.outline.category, view.outline.name)}">${view.outline.title}</a> <span class="where">${titles.get(view.outline.category, view.outline.category)}</span></li>
% endfor
</ul></details></li>
% endif
</ul>
% if len(looks) > most:
<details class="rest" id="hf-rest"><summary>${len(looks) - most} more</summary><ul class="trouble">
% for view in looks[most:]:
${trouble_item(view)}
% endfor
</ul></details>
% endif
% endif
</section>
% if categories:
<section class="day" aria-labelledby="hf-day">
<h2 id="hf-day">The last 24 hours</h2>
<div class="strips${' dense' if strips.dense else ''}">
<div class="hours" aria-hidden="true"><div class="strip">${strips.hours}</div></div>
<ul>
% for each in categories:
<li class="${each.outline.type}"><a class="category" href="${links.category(each.outline.name)}">${show.face(each.face)}<span>${each.outline.title}</span></a>
<span class="what">${each.sentence or words[each.face]}</span>
<div class="strip" role="group" aria-label="${each.outline.title}, the last 24 hours">${strips.cells[each.outline.name]}</div></li>
% endfor
</ul>
<p class="cell-note" aria-hidden="true"></p>
</div>
</section>
% endif
</div>
