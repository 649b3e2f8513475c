"""The page shown when the console has not been built."""

MISSING_CONSOLE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Marsad · مرصد</title></head>
<body>
<h1>The console is not built yet</h1>
<p>The site is running and records; only its web page is missing. In the source tree, build it once:</p>
<pre>make setup</pre>
<p>Then load this page again. A wheel made by <code>make wheel</code> holds the console already.
For programs: <a href="/api/openapi.json">/api/openapi.json</a>.</p>
<h1 lang="ar" dir="rtl">لم تُبنَ شاشة المراقبة بعد</h1>
<p lang="ar" dir="rtl">الموقع يعمل ويسجّل، وصفحة الويب وحدها ناقصة.
ابنِها مرة واحدة في شجرة المصدر بالأمر أعلاه ثم أعد تحميل الصفحة.</p>
</body></html>
"""
