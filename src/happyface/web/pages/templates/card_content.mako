<% outline, links, clock, sentence = view.outline, show.links, show.clock, instance_sentence(view) %>\
<%def name="fetched(fact)">\
<span class="source">${show.prose(fact.url)}</span>\
% if fact.error:
 · <b>${fact.error}</b>\
% endif
% if fact.size:
 · ${show.size(fact)}\
% endif
% if fact.file:
 · <a href="${show.links.archive(fact.file)}">what was fetched</a>\
% endif
</%def>\
% if sentence:
<p class="sentence">${show.sentence(sentence)}</p>
% endif
% if broken:
<p class="broken">${broken}</p>
% endif
<details class="about" id="${outline.name}--about"><summary>About<span class="sr-only"> ${outline.title}</span></summary>
<dl>
% if outline.description or (view.module and view.module.doc):
<dt>What it is</dt><dd class="prose">${show.prose(outline.description or view.module.doc)}</dd>
% endif
% if outline.instruction:
<dt>What to do</dt><dd class="prose">${show.prose(outline.instruction)}</dd>
% endif
% for fact in view.facts:
<dt>Source</dt><dd>${fetched(fact)}</dd>
% endfor
% if not view.facts:
% for source in outline.sources:
<dt>Source</dt><dd class="source">${show.prose(source)}</dd>
% endfor
% endif
% if limits or outline.rules:
<dt>Rated by</dt><dd><ul class="plain">
% for about, written in limits:
<li>${about}: ${written}</li>
% endfor
% for level, rule in outline.rules.items():
<li>${level} when <code>${rule}</code></li>
% endfor
</ul></dd>
% endif
<% since = clock.since(view.since) %>\
<dt>Status</dt><dd>${show.word(view.face)}${f", {view.status:.2f}" if view.status >= 0 else ""}${f", {since}" if since else ""}</dd>
<dt>Type</dt><dd>${outline.type}, weight ${f"{outline.weight:g}"}${", for members only" if outline.access == "restricted" else ""}</dd>
<dt>Module</dt><dd>${outline.module}, instance ${outline.name}</dd>
% if plots:
<dt>Plots</dt><dd>\
% for about, address in plots:
${"" if loop.first else " · "}<a href="${address}">plot of ${about}</a>\
% endfor
% if moved:
 · <a href="${moved}">what else moved since this trouble began</a>\
% endif
</dd>
% endif
<dt>This run</dt><dd><a href="${links.at(view.run.time).category(outline.category, outline.name)}">${clock.full(view.run.time)}</a> · <a href="${links.ajax(outline.name, view.run.id)}">data as JSON</a></dd>
</dl></details>
% if faults:
<ul class="faults">
% for fact in faults:
<li>${fetched(fact)}</li>
% endfor
</ul>
% endif
${body}
