<%def name="place(view, titles)">\
<a href="${show.links.category(view.outline.category, view.outline.name)}">${view.outline.title}</a> <span class="where">${titles.get(view.outline.category, view.outline.category)}</span>\
</%def>\
<%def name="item(view, titles)">\
<li class="${view.face}">${show.face(view.face)}
<span class="target">${place(view, titles)}</span>
<span class="since">${show.clock.since(view.since)}</span>
<p>${show.sentence(instance_sentence(view))}</p></li>
</%def>\
