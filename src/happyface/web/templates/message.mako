<%inherit file="base.mako"/>\
<div class="message">
${show.face("noinfo", "")}
<h1>${headline}</h1>
% for sentence in sentences:
<p>${sentence}</p>
% endfor
<p><a href="${links.at(None).overview()}">To the overview</a></p>
</div>
