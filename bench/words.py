"""The words of generated names and texts. Places, trades and legal forms are real, companies are not."""

# District: inhabitants in thousands (its weight), the first digits of its postal codes, towns.
DISTRICTS = {
    "DE111": (630, "701", "Stuttgart"),
    "DE112": (395, "710", "Böblingen, Sindelfingen, Leonberg, Herrenberg, Holzgerlingen"),
    "DE113": (535, "737", "Esslingen am Neckar, Nürtingen, Kirchheim unter Teck, Filderstadt, Ostfildern, Plochingen"),
    "DE114": (260, "730", "Göppingen, Geislingen an der Steige, Eislingen, Ebersbach an der Fils"),
    "DE115": (545, "716", "Ludwigsburg, Bietigheim-Bissingen, Kornwestheim, Vaihingen an der Enz, Ditzingen"),
    "DE116": (427, "713", "Waiblingen, Fellbach, Schorndorf, Backnang, Winnenden"),
    "DE117": (126, "740", "Heilbronn"),
    "DE118": (346, "741", "Neckarsulm, Bad Friedrichshall, Eppingen, Weinsberg"),
    "DE119": (113, "746", "Künzelsau, Öhringen, Ingelfingen"),
    "DE11A": (198, "745", "Schwäbisch Hall, Crailsheim, Gaildorf"),
    "DE11B": (133, "979", "Tauberbischofsheim, Bad Mergentheim, Wertheim"),
    "DE11C": (133, "895", "Heidenheim an der Brenz, Giengen an der Brenz, Herbrechtingen"),
    "DE11D": (315, "734", "Aalen, Schwäbisch Gmünd, Ellwangen, Oberkochen"),
    "DE121": (55, "765", "Baden-Baden"),
    "DE122": (308, "761", "Karlsruhe"),
    "DE123": (446, "766", "Bruchsal, Ettlingen, Bretten, Stutensee, Waghäusel"),
    "DE124": (232, "764", "Rastatt, Gaggenau, Bühl, Gernsbach"),
    "DE125": (162, "691", "Heidelberg"),
    "DE126": (311, "681", "Mannheim"),
    "DE127": (144, "748", "Mosbach, Buchen, Walldürn"),
    "DE128": (549, "692", "Weinheim, Sinsheim, Wiesloch, Walldorf, Schwetzingen, Leimen"),
    "DE129": (126, "751", "Pforzheim"),
    "DE12A": (160, "753", "Calw, Nagold, Altensteig, Bad Wildbad"),
    "DE12B": (200, "754", "Mühlacker, Niefern-Öschelbronn, Neuenbürg"),
    "DE12C": (119, "722", "Freudenstadt, Horb am Neckar, Baiersbronn"),
    "DE131": (231, "791", "Freiburg im Breisgau"),
    "DE132": (266, "792", "Titisee-Neustadt, Müllheim, Bad Krozingen, Breisach"),
    "DE133": (167, "793", "Emmendingen, Waldkirch, Teningen, Herbolzheim"),
    "DE134": (434, "776", "Offenburg, Lahr, Kehl, Achern, Oberkirch"),
    "DE135": (140, "786", "Rottweil, Schramberg, Oberndorf am Neckar, Sulz"),
    "DE136": (213, "780", "Villingen-Schwenningen, Donaueschingen, St. Georgen, Furtwangen"),
    "DE137": (142, "785", "Tuttlingen, Trossingen, Spaichingen"),
    "DE138": (287, "784", "Konstanz, Singen, Radolfzell, Stockach"),
    "DE139": (229, "795", "Lörrach, Weil am Rhein, Rheinfelden, Schopfheim"),
    "DE13A": (171, "797", "Waldshut-Tiengen, Bad Säckingen, Wehr"),
    "DE141": (288, "727", "Reutlingen, Metzingen, Münsingen, Pfullingen"),
    "DE142": (229, "720", "Tübingen, Rottenburg am Neckar, Mössingen"),
    "DE143": (190, "723", "Balingen, Albstadt, Hechingen"),
    "DE144": (127, "890", "Ulm"),
    "DE145": (199, "891", "Ehingen, Blaubeuren, Laichingen, Langenau"),
    "DE146": (204, "884", "Biberach an der Riß, Laupheim, Riedlingen, Ochsenhausen"),
    "DE147": (218, "880", "Friedrichshafen, Überlingen, Markdorf, Immenstaad"),
    "DE148": (286, "882", "Ravensburg, Weingarten, Wangen im Allgäu, Leutkirch, Bad Waldsee"),
    "DE149": (131, "724", "Sigmaringen, Bad Saulgau, Pfullendorf, Mengen"),
}

# Weight, industry (WZ division), whether it is a skilled craft, words.
TRADES = [
    (30, "28", False, "Maschinenbau Werkzeugmaschinen Sondermaschinen Antriebstechnik Fördertechnik Pumpentechnik "
                      "Hydraulik Pneumatik Verpackungsmaschinen Montagetechnik Textilmaschinen Holzbearbeitungsmaschinen"),
    (24, "25", False, "Metallbau Präzisionsteile Stanztechnik Drehteile Zerspanungstechnik Werkzeugbau Blechtechnik "
                      "Härtetechnik Oberflächentechnik Schließtechnik Federn Schraubenwerk"),
    (14, "26", False, "Lasertechnik Messtechnik Sensorik Optik Mikrosysteme Elektronik Medizinelektronik Leiterplatten "
                      "Photonik Halbleitertechnik Steuerungstechnik"),
    (12, "27", False, "Elektrotechnik Batterietechnik Ladesysteme Lichttechnik Schaltanlagen Elektromotoren Kabelwerk"),
    (12, "29", False, "Fahrzeugteile Fahrzeugbau Karosseriesysteme Getriebetechnik Abgastechnik Nutzfahrzeuge"),
    (9, "22", False, "Kunststofftechnik Spritzguss Extrusion Dichtungstechnik Folientechnik Formteile"),
    (7, "32", False, "Medizintechnik Implantate Endoskopie Chirurgietechnik Dentaltechnik Schmuckmanufaktur"),
    (5, "20", False, "Chemie Lacke Klebstoffe Beschichtungen Kosmetik"),
    (4, "24", False, "Gießerei Leichtmetallguss Drahtwerk Schmiedetechnik"),
    (5, "13", False, "Textiltechnik Strickwaren Weberei Filtergewebe"),
    (3, "17", False, "Papierverarbeitung Kartonagen Wellpappe"),
    (4, "23", False, "Keramik Glastechnik Betonwerk Laborglas"),
    (3, "30", False, "Luftfahrttechnik Raumfahrtsysteme Bootsbau"),
    (3, "21", False, "Pharma Arzneimittel Diagnostik"),
    (26, "62", False, "Software Informationstechnik Datensysteme Softwareentwicklung Systemhaus Bildverarbeitung "
                      "Simulation Cloudsysteme Digitalberatung"),
    (14, "71", False, "Ingenieure Konstruktion Prüftechnik Planungsbüro Berechnung Umwelttechnik"),
    (8, "72", False, "Biotechnologie Quantentechnik Wirkstoffforschung Nanomaterialien"),
    (18, "46", False, "Großhandel Industriebedarf Stahlhandel Baustoffe Werkzeughandel Elektrogroßhandel"),
    (8, "52", False, "Logistik Lagersysteme Kontraktlogistik"),
    (8, "49", False, "Spedition Transporte Güterverkehr"),
    (5, "35", False, "Energiesysteme Windkraft Stadtwerke Solarpark"),
    (5, "38", False, "Recycling Entsorgung Wertstoffe"),
    (6, "70", False, "Unternehmensberatung Beteiligungen Holding Strategieberatung"),
    (6, "73", False, "Werbung Marketing Messebau"),
    (5, "68", False, "Immobilien Hausverwaltung Gewerbebau"),
    (5, "10", False, "Lebensmittel Teigwaren Molkerei Feinkost"),
    (12, "43", True, "Elektroinstallation Sanitär Heizungsbau Klimatechnik Malerbetrieb Zimmerei Dachdeckerei Gipser "
                     "Bodenbeläge Fliesen Gebäudetechnik Solartechnik"),
    (5, "41", True, "Bauunternehmung Hochbau Fertighaus Holzbau"),
    (6, "16", True, "Schreinerei Sägewerk Fensterbau Treppenbau"),
    (5, "31", True, "Möbelwerkstätte Küchenbau Innenausbau Polstermöbel"),
    (8, "45", True, "Autohaus Kfz-Technik Karosseriebau Reifenservice"),
    (5, "10", True, "Bäckerei Metzgerei Konditorei"),
    (3, "11", True, "Brauerei Kellerei Brennerei"),
    (4, "25", True, "Feinwerkmechanik Schlosserei Galvanik"),
    (3, "18", True, "Druckerei Buchbinderei Siebdruck"),
    (3, "32", True, "Zahntechnik Orthopädietechnik Augenoptik Hörakustik Goldschmiede"),
    (3, "81", True, "Gebäudereinigung Gartenbau"),
]

# Most frequent first.
SURNAMES = """Müller Schmid Maier Schneider Fischer Weber Mayer Bauer Wagner Schäfer Koch Klein Wolf Keller Huber Braun
    Hofmann Hoffmann Zimmermann Becker Schulz Haas Schwarz Fuchs Lang Krämer Hahn Vogel Frank Roth Beck Lorenz Baumann
    Kaiser Vogt Sauter Schuster Stark Jung Scholz Ziegler Winter Kuhn Pfeiffer Engel Horn Busch Bergmann Pohl Sommer
    Seidel Heinrich Haag Graf Dietrich Kuhnle Arnold Ott Seitz Kraus Böhm Simon Winkler Stein Peter Jäger Gruber Mohr
    Wörner Häberle Pfleiderer Bäuerle Schwäble Eberle Fähnle Kächele Merkle Schäufele Schwenk Rösch Kübler Kurz Knapp
    Gaiser Dürr Hettich Hepp Storz Bürk Haller Marquardt Mauser Kienzle Junghans Binder Faller Wehrle Dold Weisser Benz
    Rombach Kern Ganter Herr Ruf Burger Heizmann Schätzle Hug Rees Frei Kiefer Göppert Huck Lehmann Armbruster Bohnert
    Kopp Ehret Gutmann Joos Glöckler Bosch Gehring Walter Traub Heller Schuler Hainbuch Boehringer Fein Leitz Kress
    Reutter Trumpp Kärcher Stihler Berger Rieber Bitzer Grotz Mezger Interwies Theissen Wiest Rieker Staud Speidel Ammann
    Wielandt Ehinger Nägele Schwörer Liebert Uhlmann Vollmer Handtmann Thumm Zeller Diehl Sieber Rapp Weishaupt Waldner
    Vetter Sterk Escher Zollern Steidle Dreher Kramer Allgaier Bader Bühler Ensinger Fritz Geiger Hirschmann Imhof Jauch
    Kessler Lapple Metzger Neff Oesterle Pfisterer Quast Reiff Schunk Seeger Unger Voith Wanner Zwick Aichele Blessing
    Class Daiber Eisele Fezer Gommel Holder Irion Jetter Klingler Lutz Mahle Nill Ochs Pflaum Renz Sigloch Trautwein
    Ulmer Veit Wizemann Zahn Abele Brenner Clauss Dietz Egeler Fink Gross Hummel Illig Jost Knoll Lechler Moser Nusser
    Oehler Paul Rau Schock Tränkle Utz Villinger Wurster Ziehl Bruder Grieshaber Kaltenbach Schlageter Sick Teufel
    Zipfel Hensler Steinel Raff Rothfuß Bitterle Bihler Fromm Gauder Hägele Krauß Löffler Mößner Nübling Pröbstle Röhm
    Süßmuth Übele Würth Zügel Özdemir Yılmaz Kowalski Novak Rossi Ferrari Đorđević Nguyen""".split()

FIRST_NAMES = """Karl Hans Peter Thomas Michael Andreas Stefan Markus Martin Wolfgang Klaus Jürgen Bernd Uwe Ralf Frank
    Sabine Petra Susanne Claudia Monika Andrea Birgit Katrin Anja Julia Anna Eva Ayşe Jörg""".split()

ADJECTIVES = """Schwäbische Badische Württembergische Süddeutsche Oberschwäbische Hohenloher Schwarzwälder Breisgauer
    Kurpfälzer Ostalb Bodensee Neckar Donau Allgäuer Alb Rems Filstal Hegauer Ortenauer Kraichgauer""".split()

# Coined names consist of a start and an end.
COINED = ("Nova Laser Opti Micro Pro Inno Sensi Aero Hydro Thermo Medi Bio Quanto Robo Digi Vari Tekno Solu Alpha Deka "
          "Futur Inter Konti Lumi Metro Neuro Omni Poly Rapi Sono Tri Uni Vivo Xeno Zeta Elektro Kryo Plasma Gamma").split()
COINED_ENDS = ("tec tronik mat flex con sys cut line form plan dat lab soft werk therm med vision scan drive clean "
               "sense cast print fluid net logic").split()

LEGAL_FORMS = {"GmbH": 55, "GmbH & Co. KG": 20, "AG": 4, "KG": 4, "UG (haftungsbeschränkt)": 6, "SE": 1, "OHG": 2,
               "e.K.": 8, "eG": 1, "gGmbH": 1}

STREETS = """Hauptstraße Bahnhofstraße Industriestraße Gewerbestraße Robert-Bosch-Straße Daimlerstraße Siemensstraße
    Max-Planck-Straße Carl-Benz-Straße Schillerstraße Goethestraße Im_Gewerbepark Ziegelhütte Neckarstraße
    Königstraße Marktplatz Lindenweg Mühlweg Stuttgarter_Straße Ulmer_Straße Zeppelinstraße Steinbeisstraße""".split()

# Bodies other than companies: kind, share, industry, names.
BODIES = [
    ("research_institution", 30, "72", ["Institut für {topic} {town}", "Forschungszentrum {topic} {town}",
                                        "Transferzentrum {topic} {town}"]),
    ("university", 12, "85", ["Hochschule {town} für {topic}", "Duale Akademie {topic} {town}"]),
    ("public_body", 22, "84", ["Wirtschaftsförderung {town} {topic}", "Stadt {town}, Referat {topic}"]),
    ("association", 26, "94", ["Fachverband {topic} {town} e.V.", "Förderverein {topic} {town} e.V."]),
    ("other", 10, "96", ["Gründerzentrum {topic} {town}", "Stiftung {topic} {town}"]),
]

# Topics of initiatives and events, German and English.
TOPICS = [tuple(pair.strip().split("|")) for pair in """Laserschweißen|laser welding, additive Fertigung|additive manufacturing,
    vernetzte Sensorik|networked sensors, Brennstoffzellen|fuel cells, Leichtbauwerkstoffe|lightweight materials,
    chirurgische Instrumente|surgical instruments, Bildverarbeitung|machine vision, autonome Systeme|autonomous systems,
    digitale Zwillinge|digital twins, Batteriezellen|battery cells, Wasserstoffspeicher|hydrogen storage,
    Quantensensoren|quantum sensors, gedruckte Elektronik|printed electronics, Faserverbundwerkstoffe|fibre composites,
    Kreislaufwirtschaft|the circular economy, Energieeffizienz|energy efficiency, Robotik|robotics,
    maschinelles Lernen|machine learning, Datensicherheit|data security, Prozesswärme|process heat,
    Holzbau|timber construction, Biopolymere|biopolymers, Telemedizin|telemedicine, Diagnostik|diagnostics,
    Spritzgießwerkzeuge|injection moulds, Präzisionszerspanung|precision machining, Intralogistik|intralogistics,
    Verpackungsmaschinen|packaging machines, Satellitendaten|satellite data, Ladeinfrastruktur|charging infrastructure,
    Wasseraufbereitung|water treatment, Oberflächenveredelung|surface finishing, Mikrofluidik|microfluidics,
    Halbleiterfertigung|semiconductor production, Gebäudeautomation|building automation, Pflegetechnik|care technology,
    Lebensmittelsicherheit|food safety, Animationsfilm|animated film, Zahlungsverkehr|payments,
    Geschäftsmodelle|business models, Fachkräftesicherung|skilled workers, Normung|standardisation,
    Unternehmensnachfolge|business succession, Exportmärkte|export markets, Gründungen|start-ups,
    Lieferketten|supply chains, Ökobilanzen|life-cycle assessment, Werkstoffprüfung|materials testing,
    Elektrolyse|electrolysis, Funktechnik|radio technology, Kältetechnik|refrigeration, Abwärme|waste heat""".split(",")]

GROUPS = [("mittelständische Betriebe", "medium-sized firms"), ("Hochschulen", "universities"),
          ("Forschungsinstitute", "research institutes"), ("Handwerksbetriebe", "craft businesses"),
          ("Zulieferer", "suppliers"), ("Kommunen", "municipalities"), ("junge Unternehmen", "young companies"),
          ("Anwender", "users"), ("Kliniken", "hospitals"), ("Ausrüster", "equipment makers")]

# Slots: field, area, topic, other (another topic), group, second (another group), number.
SENTENCES = [
    ("Die Initiative verbindet {group} und {second} rund um das Feld {field}.",
     "The initiative links {group} and {second} in the field of {field}."),
    ("Im Mittelpunkt stehen {topic} und {other}.", "Its focus is on {topic} and {other}."),
    ("In der {area} arbeiten dafür {group} mit Partnern aus ganz Europa zusammen.",
     "In the {area}, {group} work together with partners from all over Europe."),
    ("Gemeinsame Vorhaben bringen {topic} aus dem Labor in die Produktion.",
     "Joint projects bring {topic} from the laboratory into production."),
    ("Mehr als {number} Beteiligte tauschen sich in Arbeitskreisen aus.",
     "More than {number} participants exchange views in working groups."),
    ("Wer {topic} einführen will, findet hier Beratung und Erprobung.",
     "Those who want to introduce {topic} find advice and trials here."),
    ("Ein Schwerpunkt der nächsten Jahre ist der Wandel durch {other}.",
     "A focus of the coming years is the change brought by {other}."),
    ("Die Geschäftsstelle vermittelt Kontakte, begleitet Anträge und berichtet über Fördermittel.",
     "The office makes contacts, supports applications and reports on funding."),
    ("Der Zusammenschluss ging aus einem Landeswettbewerb hervor und trägt sich heute durch Beiträge.",
     "The alliance grew out of a state competition and lives on contributions today."),
    ("Nachwuchs gewinnen die Mitglieder mit Praktika, Stipendien und einer Sommerschule.",
     "Members attract young people with internships, scholarships and a summer school."),
    ("Messen, Delegationsreisen und Gemeinschaftsstände öffnen den Weg zu neuen Märkten.",
     "Trade fairs, delegations and shared stands open the way to new markets."),
    ("Eine Datenbank der Kompetenzen zeigt, wer in der {area} was kann.",
     "A register of competences shows who can do what in the {area}."),
    ("Gefragt sind Lösungen, die {group} ohne große Investitionen einsetzen.",
     "What is wanted are solutions that {group} can use without large investments."),
    ("Prüfstände und Demonstratoren für {topic} stehen allen offen.",
     "Test rigs and demonstrators for {topic} are open to everybody."),
    ("Studien belegen die wirtschaftliche Bedeutung von {field} für den Standort.",
     "Studies show how important {field} is for the location."),
    ("Regelmäßig treffen sich {group} und {second} zum Erfahrungsaustausch.",
     "Regularly {group} and {second} meet to share experience."),
    ("Mit Partnern in Frankreich, Österreich und der Schweiz entstehen grenzüberschreitende Projekte.",
     "With partners in France, Austria and Switzerland cross-border projects come about."),
    ("Nachhaltigkeit und Ressourcenschonung gehören zu jedem Vorhaben.",
     "Sustainability and saving resources are part of every project."),
]

SERVICES = [("Vermittlung von Projektpartnern", "Finding partners for projects"),
            ("Beratung zu Fördermitteln", "Advice on funding"), ("Technologiescouting", "Technology scouting"),
            ("Weiterbildung für Fachkräfte", "Training for skilled workers"), ("Messeauftritte", "Trade fair stands"),
            ("Zugang zu Prüfständen", "Access to test rigs"), ("Innovationsworkshops", "Innovation workshops"),
            ("Öffentlichkeitsarbeit für Mitglieder", "Publicity for members")]

ALLIANCES = ["Clusterinitiative", "Netzwerk", "Allianz", "Innovationsnetzwerk", "Kompetenzzentrum", "Forum",
             "Technologieverbund", "Plattform", "Cluster", "Initiative", "Verbund", "Campus"]

EVENTS = [("Fachforum", "Expert forum"), ("Workshop", "Workshop"), ("Jahrestagung", "Annual conference"),
          ("Netzwerktreffen", "Network meeting"), ("Kongress", "Congress"), ("Kooperationsbörse", "Matchmaking event"),
          ("Betriebsbesuch", "Company visit"), ("Messe", "Trade fair"), ("Sommerschule", "Summer school"),
          ("Online-Seminar", "Webinar"), ("Hackathon", "Hackathon"), ("Technologietag", "Technology day")]

VENUES = ["Kongresshalle", "Stadthalle", "Haus der Wirtschaft", "Technologiepark", "Hochschule", "IHK-Bildungshaus",
          "Gründerzentrum", "Messegelände", "Rathaus", "Forum am Schloss"]
