"""Young tracks side by side: the plots of the last scans, dealt out anew among them."""
