<% instance = view.outline %>\
<%def name="fetched(fact)">\
<span class="source">${show.prose(fact.url)}</span>\
% if fact.error:
 · <b>${fact.error}</b>\
% endif
% if fact.size:
 · ${show.size(fact)}\
% endif
% if fact.file:
 · <a href="${links.archive(fact.file)}">what was fetched</a>\
% endif
</%def>\
<%def name="about()">\
<details class="about" id="${view.outline.name}--about"><summary>About<span class="said"> ${view.outline.title}</span></summary>
<dl>
% if view.outline.description or (view.module and view.module.doc):
<dt>What it is</dt><dd class="prose">${show.prose(view.outline.description or view.module.doc)}</dd>
% endif
% if view.outline.instruction:
<dt>What to do</dt><dd class="prose">${show.prose(view.outline.instruction)}</dd>
% endif
% for fact in view.facts:
<dt>Source</dt><dd>${fetched(fact)}</dd>
% endfor
% if not view.facts:
% for source in view.outline.sources:
<dt>Source</dt><dd class="source">${show.prose(source)}</dd>
% endfor
% endif
% if limits or view.outline.rules:
<dt>Rated by</dt><dd><ul class="plain">
% for about, written in limits:
<li>${about}: ${written}</li>
% endfor
% for level, rule in view.outline.rules.items():
<li>${level} when <code>${rule}</code></li>
% endfor
</ul></dd>
% endif
<dt>Status</dt><dd>${show.word(view.face)}${f", {view.status:.2f}" if view.status >= 0 else ""}${f", {since}" if since else ""}</dd>
<dt>Type</dt><dd>${view.outline.type}, weight ${f"{view.outline.weight:g}"}${", for members only" if view.outline.access == "restricted" else ""}</dd>
<dt>Module</dt><dd>${view.outline.module}, instance ${view.outline.name}</dd>
<dt>This run</dt><dd><a href="${links.at(view.run.time).category(view.outline.category, view.outline.name)}">${clock.full(view.run.time)}</a> · <a href="${links.ajax(view.outline.name, view.run.id)}">data as JSON</a></dd>
</dl></details>
</%def>\
<%def name="content()">\
% if sentence:
<p class="sentence">${show.sentence(sentence)}</p>
% endif
% if broken:
<p class="broken">${broken}</p>
% endif
${about()}
% if faults:
<ul class="faults">
% for fact in faults:
<li>${fetched(fact)}</li>
% endfor
</ul>
% endif
${body}
</%def>\
<article class="card ${view.face} ${instance.type}" id="${instance.name}">
% if foldable:
<details class="fold" id="${instance.name}--fold"${Markup(" open") if unfolded else ""}><summary>${show.face(view.face)}<span class="names"><h2>${instance.title}</h2>\
% if not unfolded and sentence:
<span class="main">${sentence}</span>\
% endif
<span class="since">${since}</span></span></summary>
<div class="content">
${content()}
</div></details>
% else:
<div class="head">${show.face(view.face)}<span class="names"><h2>${instance.title}</h2><span class="since">${since}</span></span></div>
<div class="content">
${content()}
</div>
% endif
</article>
