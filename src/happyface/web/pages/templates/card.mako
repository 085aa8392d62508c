<%def name="card(view, content, can_fold)">\
<% outline, sentence, since = view.outline, instance_sentence(view), show.clock.since(view.since) %>\
<article class="card ${view.face} ${outline.type}" id="${outline.name}">
% if view.folded:
<% address = show.links.instance(outline.name, view.run.id) %>\
<details class="fold" id="${outline.name}--fold" hx-get="${address}" hx-trigger="toggle once" hx-target="find .content"><summary>${show.face(view.face)}<span class="names"><h2>${outline.title}</h2>\
% if sentence:
<span class="main">${sentence}</span>\
% endif
<span class="since">${since}</span></span></summary>
<div class="content"><p class="more"><a href="${address}">Show ${outline.title}</a></p></div></details>
% elif can_fold:
<details class="fold" id="${outline.name}--fold" open><summary>${show.face(view.face)}<span class="names"><h2>${outline.title}</h2><span class="since">${since}</span></span></summary>
<div class="content">
${content}
</div></details>
% else:
<div class="head">${show.face(view.face)}<span class="names"><h2>${outline.title}</h2><span class="since">${since}</span></span></div>
<div class="content">
${content}
</div>
% endif
</article>
</%def>\
